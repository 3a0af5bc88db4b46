//! The dashboard, the alarms, the code and the docs speak of the same things: nobody looks at a
//! metric that nothing emits, and nobody is woken by an alarm that says nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Map, Value, json};
use serde_yaml_ng::Value as Yaml;
use sluice_basics::metric::{DIMENSION, Metric, NAMESPACE};

const BEGIN: &str = "<!-- the dashboard, written by the test of infra/observability.yaml -->\n";
const END: &str = "<!-- the end of the dashboard -->\n";

fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(file)
}

fn text(file: &str) -> String {
    std::fs::read_to_string(path(file)).expect("a file of the repository")
}

/// A template; `!Ref x` is `{"Ref": "x"}` in it.
fn template(file: &str) -> Value {
    plain(&serde_yaml_ng::from_str(&text(file)).expect("YAML"))
}

fn plain(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            json!({ tag.trim_start_matches('!'): plain(&tagged.value) })
        }
        Yaml::Sequence(values) => values.iter().map(plain).collect(),
        Yaml::Mapping(values) => {
            let entry =
                |(name, value): (&Yaml, &Yaml)| Some((name.as_str()?.to_owned(), plain(value)));
            Value::Object(values.iter().filter_map(entry).collect())
        }
        other => serde_json::to_value(other).expect("a plain value"),
    }
}

fn resources<'a>(
    template: &'a Value,
    kind: &'a str,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let all = template["Resources"].as_object().expect("resources");
    all.iter()
        .filter(move |(_, resource)| resource["Type"] == kind)
}

fn alarms(template: &Value) -> BTreeMap<&String, &Value> {
    resources(template, "AWS::CloudWatch::Alarm").collect()
}

/// The dashboard's widgets, with names such as `${WorkerFunction}` still in them.
fn widgets(template: &Value) -> Vec<Value> {
    let body = &template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Sub"];
    let body: Value = serde_json::from_str(body.as_str().expect("a body")).expect("JSON");
    body["widgets"].as_array().expect("widgets").clone()
}

/// A metric that is looked at.
#[derive(Debug)]
struct Looked {
    namespace: String,
    name: String,
    /// Dimensions and their values.
    dimensions: Vec<(String, String)>,
    statistic: String,
}

fn word(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// As a widget has it: namespace, name, dimensions and their values in turn, how it is drawn.
fn looked_at_by_widget(metric: &Value) -> Looked {
    let parts = metric.as_array().expect("a metric");
    let (drawn, parts) = parts.split_last().expect("parts");
    let words: Vec<String> = parts.iter().map(word).collect();
    Looked {
        namespace: words[0].clone(),
        name: words[1].clone(),
        dimensions: words[2..]
            .chunks(2)
            .map(|pair| (pair[0].clone(), pair[1].clone()))
            .collect(),
        statistic: word(&drawn["stat"]),
    }
}

fn looked_at_on_dashboard(template: &Value) -> Vec<Looked> {
    let metrics = |widget: Value| {
        let metrics = widget["properties"]["metrics"]
            .as_array()
            .expect("metrics")
            .clone();
        metrics.iter().map(looked_at_by_widget).collect::<Vec<_>>()
    };
    widgets(template).into_iter().flat_map(metrics).collect()
}

/// All metrics in a part of an alarm, however deep.
fn looked_at_by_alarm(part: &Value, found: &mut Vec<Looked>) {
    if let (Some(namespace), Some(name)) = (part["Namespace"].as_str(), part["MetricName"].as_str())
    {
        let dimensions = part["Dimensions"].as_array();
        let pair = |one: &Value| {
            (
                word(&one["Name"]),
                format!("${{{}}}", word(&one["Value"]["Ref"])),
            )
        };
        found.push(Looked {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            dimensions: dimensions.into_iter().flatten().map(pair).collect(),
            statistic: String::new(),
        });
        return;
    }
    match part {
        Value::Object(entries) => entries
            .values()
            .for_each(|value| looked_at_by_alarm(value, found)),
        Value::Array(values) => values
            .iter()
            .for_each(|value| looked_at_by_alarm(value, found)),
        _ => {}
    }
}

#[test]
fn every_metric_of_ours_that_is_looked_at_is_one_that_the_code_emits() {
    let template = template("infra/observability.yaml");
    let mut looked = looked_at_on_dashboard(&template);
    for (name, alarm) in alarms(&template) {
        let before = looked.len();
        looked_at_by_alarm(&alarm["Properties"], &mut looked);
        assert!(looked.len() > before, "{name} looks at nothing");
    }
    let emitted: BTreeSet<&str> = Metric::ALL.into_iter().map(Metric::name).collect();
    let ours: Vec<&Looked> = looked
        .iter()
        .filter(|one| one.namespace == NAMESPACE)
        .collect();
    assert!(ours.len() > emitted.len(), "{ours:?}");
    let stack = (DIMENSION.to_owned(), "${Stack}".to_owned());
    for one in ours {
        assert!(emitted.contains(one.name.as_str()), "nothing emits {one:?}");
        assert_eq!(one.dimensions, std::slice::from_ref(&stack), "{one:?}");
    }
}

#[test]
fn every_metric_that_the_code_emits_is_on_the_dashboard_and_in_the_docs() {
    let on_dashboard = looked_at_on_dashboard(&template("infra/observability.yaml"));
    let page = text("docs/logging.md");
    for metric in Metric::ALL {
        let name = metric.name();
        let shows = |one: &Looked| one.namespace == NAMESPACE && one.name == name;
        assert!(
            on_dashboard.iter().any(shows),
            "{name} is not on the dashboard"
        );
        let line = format!("| `{name}` | {} |", metric.unit());
        assert!(
            page.contains(&line),
            "docs/logging.md lacks the line {line}"
        );
    }
}

#[test]
fn every_alarm_is_in_the_docs_with_what_it_means_and_what_to_do() {
    let template = template("infra/observability.yaml");
    let page = text("docs/operations.md");
    let section = page
        .split("### Alarms\n")
        .nth(1)
        .expect("a section on alarms");
    let section = section.split("\n#").next().expect("its end");
    let mut documented = BTreeSet::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [name, meaning, to_do] = cells[..] else {
            panic!("not three cells: {line}");
        };
        let is_said = |cell: &str| cell.split_whitespace().count() > 3;
        assert!(is_said(meaning) && is_said(to_do), "{line}");
        documented.extend(name.split(", ").map(|one| one.trim_matches('`').to_owned()));
    }
    let there: BTreeSet<String> = alarms(&template).into_keys().cloned().collect();
    assert_eq!(documented, there);
}

#[test]
fn every_function_queue_and_table_of_the_template_is_looked_at() {
    let (main, own) = (
        template("infra/template.yaml"),
        template("infra/observability.yaml"),
    );
    let kinds = [
        "AWS::Serverless::Function",
        "AWS::Serverless::HttpApi",
        "AWS::SQS::Queue",
        "AWS::DynamoDB::Table",
    ];
    let there: BTreeSet<&String> = kinds
        .into_iter()
        .flat_map(|kind| resources(&main, kind))
        .map(|(id, _)| id)
        .collect();
    let parameters = own["Parameters"].as_object().expect("parameters");
    let wanted = parameters
        .iter()
        .filter(|(name, parameter)| parameter.get("Default").is_none() && *name != DIMENSION);
    let wanted: BTreeSet<&String> = wanted.map(|(name, _)| name).collect();
    assert_eq!(wanted, there);
    let given = &main["Resources"]["Observability"]["Properties"]["Parameters"];
    for name in wanted {
        let value: Vec<&Value> = given[name]
            .as_object()
            .expect("a reference")
            .values()
            .collect();
        let value = word(value[0]);
        assert_eq!(
            value.split('.').next(),
            Some(name.as_str()),
            "given for {name}"
        );
        let needle = format!("${{{name}}}");
        let shown = looked_at_on_dashboard(&own);
        let is_shown = shown
            .iter()
            .any(|one| one.dimensions.iter().any(|(_, value)| *value == needle));
        assert!(is_shown, "{name} is not on the dashboard");
    }
    let mut looked = Vec::new();
    looked_at_by_alarm(&own["Resources"], &mut looked);
    for (function, _) in resources(&main, "AWS::Serverless::Function") {
        let errors = [("FunctionName".to_owned(), format!("${{{function}}}"))];
        let is_looked_at = |one: &Looked| one.name == "Errors" && one.dimensions == errors;
        assert!(
            looked.iter().any(is_looked_at),
            "no alarm for the errors of {function}"
        );
    }
}

/// Alarms are named in the one template and made in the other, so that nothing but this compares them.
#[test]
fn every_roll_out_is_stopped_by_alarms_that_exist() {
    let (main, own) = (
        template("infra/template.yaml"),
        template("infra/observability.yaml"),
    );
    let names = |alarm: &&Value| word(&alarm["Properties"]["AlarmName"]["Sub"]);
    let there: BTreeSet<String> = alarms(&own).values().map(names).collect();
    for (function, resource) in resources(&main, "AWS::Serverless::Function") {
        let alarms = &resource["Properties"]["DeploymentPreference"]["Alarms"];
        let alarms: Vec<String> = alarms
            .as_array()
            .expect("alarms")
            .iter()
            .map(|alarm| word(&alarm["Sub"]).replace("AWS::StackName", "Stack"))
            .collect();
        let own = function.replace("Function", "Fails");
        assert!(alarms.contains(&format!("${{Stack}}-{own}")), "{function}");
        // As many as a deployment group takes.
        assert!(alarms.len() <= 10, "{function}");
        for alarm in alarms {
            assert!(there.contains(&alarm), "{function}: there is no {alarm}");
        }
    }
}

/// The dashboard as a table: a line for each widget, from top to bottom.
fn table(template: &Value) -> String {
    let mut table = String::from("| row | widget | metrics |\n|---|---|---|\n");
    for widget in widgets(template) {
        let mut shown: Vec<(String, Vec<String>)> = Vec::new();
        for metric in widget["properties"]["metrics"].as_array().expect("metrics") {
            let one = looked_at_by_widget(metric);
            let name = if one.namespace == NAMESPACE {
                format!("`{}`", one.name)
            } else {
                format!("{} `{}`", one.namespace, one.name)
            };
            let of: Vec<&str> = one
                .dimensions
                .iter()
                .filter(|(dimension, _)| dimension != DIMENSION)
                .map(|(_, value)| value.trim_matches(['$', '{', '}']))
                .collect();
            let statistic = one.statistic.to_lowercase();
            let key = if of.is_empty() {
                name
            } else {
                format!("{name} {statistic} of")
            };
            let part = if of.is_empty() {
                statistic
            } else {
                of.join(", ")
            };
            match shown.iter_mut().find(|(known, _)| *known == key) {
                Some((_, parts)) => parts.push(part),
                None => shown.push((key, vec![part])),
            }
        }
        let shown: Vec<String> = shown
            .into_iter()
            .map(|(name, parts)| format!("{name} {}", parts.join(", ")))
            .collect();
        let row = widget["y"].as_u64().expect("a place") / 6 + 1;
        let title = word(&widget["properties"]["title"]);
        writeln!(table, "| {row} | {title} | {} |", shown.join("; ")).expect("a line");
    }
    table
}

#[test]
fn the_dashboard_in_the_docs_is_the_one_that_is_deployed() {
    let page = text("docs/operations.md");
    let made = table(&template("infra/observability.yaml"));
    let (before, rest) = page.split_once(BEGIN).expect("a place for the dashboard");
    let (written, after) = rest.split_once(END).expect("its end");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let page = format!("{before}{BEGIN}{made}{END}{after}");
        std::fs::write(path("docs/operations.md"), page).expect("the page is written");
        return;
    }
    assert!(
        written == made,
        "docs/operations.md does not show the dashboard of infra/observability.yaml: \
         `UPDATE_DOCS=1 cargo test -p sluice-lambda --test observability` writes it"
    );
}

#[test]
fn widgets_do_not_lie_on_each_other() {
    let mut taken: Map<String, Value> = Map::new();
    for widget in widgets(&template("infra/observability.yaml")) {
        let number = |name: &str| widget[name].as_u64().expect("a number");
        assert!(number("x") + number("width") <= 24, "{widget}");
        for x in number("x")..number("x") + number("width") {
            for y in number("y")..number("y") + number("height") {
                let before =
                    taken.insert(format!("{x},{y}"), widget["properties"]["title"].clone());
                assert_eq!(before, None, "{widget}");
            }
        }
    }
}
