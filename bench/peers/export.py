"""What exports would be without Sluice: one loop over boto3's paginator that writes CSV.

Takes the table, the partitions, the columns and the file, as JSON on standard input. Prints what it took.
"""

import csv
import json
import resource
import sys
import time

import boto3
from boto3.dynamodb.types import TypeDeserializer

asked = json.load(sys.stdin)
dynamodb = boto3.client("dynamodb", endpoint_url=asked["url"])
value_of = TypeDeserializer().deserialize
# What importing boto3 takes is not part of the work.
started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF)
rows = requests = 0
read_units = 0.0
with open(asked["file"], "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(asked["columns"])
    for partition in asked["partitions"]:
        pages = dynamodb.get_paginator("query").paginate(
            TableName=asked["table"],
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": partition}},
            ConsistentRead=True,
            ReturnConsumedCapacity="TOTAL",
        )
        for page in pages:
            requests += 1
            read_units += page["ConsumedCapacity"]["CapacityUnits"]
            for item in page["Items"]:
                rows += 1
                row = {name: value_of(value) for name, value in item.items()}
                writer.writerow([row.get(name, "") for name in asked["columns"]])
after = resource.getrusage(resource.RUSAGE_SELF)
took = {
    "rows": rows,
    "seconds": time.monotonic() - started,
    "processor_seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    "requests": requests,
    "read_units": read_units,
    "peak_kib": after.ru_maxrss,
}
print(json.dumps(took))
