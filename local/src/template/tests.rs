//! The template and this process agree.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_yaml_ng::Value as Yaml;

use super::*;

fn template() -> Template {
    Template::read("http://localhost:1", &BTreeMap::new()).unwrap()
}

#[test]
fn every_rule_of_a_bucket_does_something() {
    const ACTIONS: [&str; 4] = [
        "ExpirationInDays",
        "NoncurrentVersionExpiration",
        "AbortIncompleteMultipartUpload",
        "ExpiredObjectDeleteMarker",
    ];
    let yaml: Yaml = serde_yaml_ng::from_str(TEXT).unwrap();
    let mut seen = 0;
    for (_, resource) in yaml["Resources"].as_mapping().unwrap() {
        let rules = &resource["Properties"]["LifecycleConfiguration"]["Rules"];
        for rule in rules.as_sequence().into_iter().flatten() {
            seen += 1;
            let acts = ACTIONS.iter().any(|action| !rule[*action].is_null());
            assert!(acts, "S3 refuses a rule without an action: {rule:?}");
        }
    }
    assert!(seen > 5, "{seen} rules");
}

#[test]
fn the_sweeper_knows_how_many_messages_of_each_queue_are_handled_at_a_time() {
    let template = template();
    let of = |binary: &str| {
        let mut functions = template.functions.values();
        functions
            .find(|function| function.binary == binary)
            .unwrap()
    };
    for (binary, name) in [
        ("splitter", "SPLITTERS_AT_ONCE"),
        ("worker", "WORKERS_AT_ONCE"),
        ("mailer", "MAILERS_AT_ONCE"),
    ] {
        let at_once: Vec<String> = of(binary)
            .events
            .iter()
            .filter_map(|event| match event {
                Event::Sqs { concurrency, .. } => Some(concurrency.to_string()),
                _ => None,
            })
            .collect();
        assert_eq!(at_once, [of("sweeper").environment[name].clone()], "{name}");
    }
}

#[test]
fn every_resource_and_event_source_is_wired_or_knowingly_left_out() {
    let yaml: Yaml = serde_yaml_ng::from_str(TEXT).unwrap();
    let template = template();
    let (mut wired, mut table) = (0, String::new());
    for (id, resource) in yaml["Resources"].as_mapping().unwrap() {
        let (id, kind) = (id.as_str().unwrap(), resource["Type"].as_str().unwrap());
        let here = wiring::resource(kind).unwrap();
        wired += u32::from(matches!(here, Here::Wired(_)));
        writeln!(table, "| `{id}` | {kind} | {} |", described(here)).unwrap();
        for (name, event) in resource["Properties"]["Events"]
            .as_mapping()
            .into_iter()
            .flatten()
        {
            let event = serde_json::to_value(event).unwrap();
            let (kind, name) = (text(&event["Type"]), name.as_str().unwrap());
            for (property, here) in wiring::event(&event).unwrap() {
                // Routes are compared with the API's document, below.
                if kind != "HttpApi" {
                    let here = described(here);
                    writeln!(table, "| `{id}` {name} | {kind}, `{property}` | {here} |").unwrap();
                }
            }
        }
    }
    let made = template.functions.len() + template.tables.len() + template.queues.len();
    let others = template.buckets.len() + template.roles.len();
    // The configuration set, which of its events are announced, and where: one thing here.
    let mails = 3 * usize::from(template.mail_events.is_some());
    // The API is the process itself.
    assert_eq!(wired as usize, made + others + mails + 1);
    assert_documented(&table);
}

fn described(here: Here) -> String {
    match here {
        Here::Wired(how) => how.to_owned(),
        Here::LeftOut(why) => format!("*left out*: {why}"),
    }
}

/// `docs/local.md` ends with the table. `UPDATE_DOCS=1` writes it there.
fn assert_documented(table: &str) {
    const HEAD: &str = "| in the template | type | here |\n|---|---|---|\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/local.md");
    let document = std::fs::read_to_string(path).unwrap();
    let (before, documented) = document.split_once(HEAD).expect("a table in docs/local.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, format!("{before}{HEAD}{table}")).unwrap();
    } else {
        assert_eq!(documented, table, "UPDATE_DOCS=1 writes the table");
    }
}

#[test]
fn a_warmed_table_is_a_condition_of_its_own() {
    let scope = |units: &str| {
        let yaml: Yaml = serde_yaml_ng::from_str(TEXT).unwrap();
        let parameters = [("TableWriteUnits".to_owned(), units.to_owned())];
        let scope = Scope::new(&yaml, "http://localhost:1", &parameters.into()).unwrap();
        scope.resolve(&yaml["Resources"]["MembersTable"]).unwrap()
    };
    let warm = &scope("9000")["Properties"]["WarmThroughput"];
    assert_eq!(warm["WriteUnitsPerSecond"], "9000");
    assert!(scope("4000")["Properties"].get("WarmThroughput").is_none());
}

#[test]
fn references_become_local_names() {
    let template = template();
    let worker = &template.functions["WorkerFunction"];
    assert_eq!(worker.environment["TABLE_MEMBERS"], "sluice-members");
    assert_eq!(
        worker.environment["CHUNKS_QUEUE_URL"],
        "http://localhost:1/000000000000/sluice-chunks"
    );
    assert_eq!(template.buckets[0].name, "sluice-files");
    assert_eq!(template.buckets[0].notifications[1].prefix, "inbox/");
}

#[test]
fn messages_stay_invisible_for_six_times_the_timeout() {
    let template = template();
    for function in template.functions.values() {
        for event in &function.events {
            let Event::Sqs { queue, .. } = event else {
                continue;
            };
            let queue = template
                .queues
                .iter()
                .find(|q| &q.name == queue)
                .expect("a queue");
            assert!(queue.visibility_seconds >= 6 * function.timeout.as_secs());
        }
    }
}

#[test]
fn the_routes_are_those_of_the_api_document() {
    let template = template();
    let events = template.functions.values().flat_map(|f| &f.events);
    let routes: BTreeSet<(&str, &str)> = events
        .filter_map(|event| match event {
            // The document itself, and pages for people.
            Event::Http { is_open: true, .. } => None,
            Event::Http { method, path, .. } => Some((method.as_str(), path.as_str())),
            _ => None,
        })
        .collect();
    let documented: BTreeSet<(&str, &str)> = sluice_openapi::operations().collect();
    assert_eq!(routes, documented);
}

#[test]
fn routes_with_a_limit_of_their_own_are_there_and_those_without_a_token_have_one() {
    let yaml: Yaml = serde_yaml_ng::from_str(TEXT).unwrap();
    let settings = &yaml["Resources"]["HttpApi"]["Properties"]["RouteSettings"];
    let mut limited = BTreeSet::new();
    for (route, limits) in settings.as_mapping().unwrap() {
        limited.insert(route.as_str().unwrap().to_owned());
        // A limit that is left out is zero.
        for limit in ["ThrottlingRateLimit", "ThrottlingBurstLimit"] {
            assert!(limits[limit].as_u64() > Some(0), "{route:?}");
        }
    }
    let template = template();
    let events = template.functions.values().flat_map(|f| &f.events);
    let routes: Vec<(String, bool)> = events
        .filter_map(|event| match event {
            Event::Http {
                method,
                path,
                is_open,
            } => Some((format!("{method} {path}"), *is_open)),
            _ => None,
        })
        .collect();
    for (route, is_open) in &routes {
        assert!(!is_open || limited.contains(route), "{route} has no limit");
    }
    let routes: BTreeSet<String> = routes.into_iter().map(|(route, _)| route).collect();
    let unknown: Vec<&String> = limited.difference(&routes).collect();
    assert!(unknown.is_empty(), "not routes of the API: {unknown:?}");
}

#[test]
fn every_function_rolls_out_as_the_parameters_say() {
    for (rollout, is_gradual) in [("Canary10Percent5Minutes", "true"), ("AllAtOnce", "false")] {
        let yaml: Yaml = serde_yaml_ng::from_str(TEXT).unwrap();
        let parameters = [("Rollout".to_owned(), rollout.to_owned())];
        let scope = Scope::new(&yaml, "http://localhost:1", &parameters.into()).unwrap();
        let globals = scope.resolve(&yaml["Globals"]["Function"]).unwrap();
        assert_eq!(globals["DeploymentPreference"]["Type"], rollout);
        assert_eq!(globals["DeploymentPreference"]["Enabled"], is_gradual);
    }
    let yaml: Yaml = serde_yaml_ng::from_str(TEXT).unwrap();
    // SAM reads both as it makes versions, and takes them from nowhere but the functions.
    for id in template().functions.keys() {
        let properties = &yaml["Resources"][id.as_str()]["Properties"];
        assert_eq!(properties["AutoPublishAliasAllProperties"], true, "{id}");
        let release = &properties["AutoPublishCodeSha256"];
        assert!(
            matches!(release, Yaml::Tagged(tagged) if tagged.tag == "Ref" && tagged.value == "Release"),
            "{id}: {release:?}"
        );
    }
    let rollouts = yaml["Parameters"]["Rollout"]["AllowedValues"].as_sequence();
    for rollout in rollouts.unwrap() {
        let rollout = rollout.as_str().unwrap();
        let mapped = &yaml["Mappings"]["Rollouts"][rollout];
        assert!(mapped["IsGradual"].is_string(), "{rollout}");
    }
}

#[test]
fn only_the_api_document_and_links_of_e_mails_are_open_to_everybody() {
    let template = template();
    let events = template.functions.values().flat_map(|f| &f.events);
    let open: Vec<&str> = events
        .filter_map(|event| match event {
            Event::Http { path, is_open, .. } if *is_open => Some(path.as_str()),
            _ => None,
        })
        .collect();
    let unsubscribe = "/mail/unsubscribe";
    assert_eq!(open, [unsubscribe, unsubscribe, "/openapi.json"]);
}

#[test]
fn the_status_function_knows_what_the_worker_may_take() {
    let template = template();
    let environment = &template.functions["StatusFunction"].environment;
    let worker = &template.functions["WorkerFunction"];
    let seconds = worker.timeout.as_secs().to_string();
    assert_eq!(environment["WORKER_SECONDS"], seconds);
    let chunks = template.queues.iter().find(|q| q.name == "sluice-chunks");
    let redrive = chunks.and_then(|queue| queue.redrive.as_ref());
    let receives = redrive.expect("a dead-letter queue").max_receive_count;
    assert_eq!(environment["CHUNK_RECEIVES"], receives.to_string());
}

#[test]
fn parameters_are_checked_against_their_limits() {
    let parameters = BTreeMap::from([("ChunkBytes".to_owned(), "7".to_owned())]);
    let error = Template::read("http://localhost:1", &parameters).expect_err("too small");
    assert!(format!("{error:#}").contains("ChunkBytes"), "{error:#}");
}

#[test]
fn who_signs_tokens_and_where_the_console_is_must_be_said_and_cannot_be_anybody() {
    let yaml: Yaml = serde_yaml_ng::from_str(TEXT).expect("YAML");
    for (name, good, wrong) in [
        (
            "JwtIssuer",
            &[
                "https://login.example/",
                "https://login.example/realms/a",
                "http://127.0.0.1:8080",
            ][..],
            &[
                "",
                "*",
                "https://*",
                "https://",
                "http://login.example/",
                "https://a b/",
                "login.example",
            ][..],
        ),
        (
            "ConsoleOrigin",
            &["https://console.example", "https://console.example:8443"][..],
            &[
                "",
                "*",
                "https://*",
                "https://*.example",
                "null",
                "http://console.example",
                "https://console.example/",
                "https://console.example,https://other.example",
            ][..],
        ),
    ] {
        let parameter = &yaml["Parameters"][name];
        assert!(parameter["Default"].is_null(), "{name} has a default");
        assert!(parameter["ConstraintDescription"].is_string(), "{name}");
        let read = |value: &str| {
            let given = BTreeMap::from([(name.to_owned(), value.to_owned())]);
            Scope::new(&yaml, "http://localhost:1", &given)
        };
        for value in good {
            assert!(read(value).is_ok(), "{name}: {value}");
        }
        for value in wrong {
            let error = read(value).err().expect(value);
            assert!(error.to_string().starts_with(name), "{error}");
        }
    }
}

#[test]
fn no_pattern_of_an_origin_or_an_issuer_is_missing() {
    let yaml: Yaml = serde_yaml_ng::from_str(TEXT).expect("YAML");
    let parameters = yaml["Parameters"].as_mapping().expect("parameters");
    for (name, parameter) in parameters {
        // What has no default is wanted of whoever deploys, so it says what it must be.
        if parameter["Default"].is_null() {
            assert!(parameter["AllowedPattern"].is_string(), "{name:?}");
        }
    }
}
