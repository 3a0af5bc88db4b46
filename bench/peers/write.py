"""What imports would be without Sluice: one loop over csv.DictReader that puts each row with boto3's batch_writer.

Takes the table, the partition, the file and the columns that are numbers, as JSON on standard input. Prints what it took.
The rows are neither checked nor compared with those that are stored, so that the loop does less than an import.
"""

import csv
import json
import resource
import sys
import time

import boto3
from boto3.dynamodb.conditions import Key

asked = json.load(sys.stdin)
table = boto3.resource("dynamodb", endpoint_url=asked["url"]).Table(asked["table"])
# Importing boto3 and loading its description of DynamoDB are not part of the work.
started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF)
with open(asked["file"], newline="", encoding="utf-8") as file, table.batch_writer() as batch:
    for row in csv.DictReader(file):
        item = {name: value for name, value in row.items() if value}
        for name in asked["numbers"]:
            if name in item:
                item[name] = int(item[name])
        item["pk"] = asked["partition"]
        item["sk"] = item["member_no"]
        batch.put_item(Item=item)
after = resource.getrusage(resource.RUSAGE_SELF)
seconds = time.monotonic() - started

# Counted in the table: what was not written is not a row that was written cheaply.
rows, more = 0, {}
while more is not None:
    page = table.query(
        Select="COUNT",
        KeyConditionExpression=Key("pk").eq(asked["partition"]),
        ConsistentRead=True,
        **more,
    )
    rows += page["Count"]
    last = page.get("LastEvaluatedKey")
    more = {"ExclusiveStartKey": last} if last else None
took = {
    "rows": rows,
    "seconds": seconds,
    "processor_seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
}
print(json.dumps(took))
