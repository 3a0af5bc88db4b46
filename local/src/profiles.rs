//! Profiles: deployed systems by name, in a file of the user.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::cli::Place;
use crate::client::{ApiUrl, Token};

/// The file with the profiles, within the folder for the configuration of programs.
const FILE: &str = "sluice/config.toml";

/// Why a profile cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Nobody knows where the file is.
    #[error("the profile `{0}` cannot be looked up: set XDG_CONFIG_HOME or HOME")]
    NoFolder(String),
    /// There is no file.
    #[error("there is no file {}: write it, with the profile as [profile.{name}]", .file.display())]
    NoFile {
        /// The file.
        file: PathBuf,
        /// The profile.
        name: String,
    },
    /// A file cannot be read.
    #[error("{} cannot be read", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is not in its form. The text of the file is not shown: it may have a token.
    #[error("{}, line {line}: {problem}", .file.display())]
    Wrong {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// The file has no such profile.
    #[error("{} has no profile `{name}`: there are {known}", .file.display())]
    Unknown {
        /// The file.
        file: PathBuf,
        /// The profile.
        name: String,
        /// The profiles that there are.
        known: String,
    },
    /// A profile contradicts itself, or has a value that is wrong.
    #[error("{}, profile `{name}`: {problem}", .file.display())]
    Profile {
        /// The file.
        file: PathBuf,
        /// The profile.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Others can read a token.
    #[error(
        "{} has a token, and other users of this machine can read it: `chmod 600 {}` keeps it to yourself",
        .0.display(), .0.display()
    )]
    Open(PathBuf),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Profiles {
    #[serde(default)]
    profile: BTreeMap<String, Profile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    api: String,
    token: Option<String>,
    token_file: Option<PathBuf>,
}

/// Fills in what the options leave open from the profile that they name, if they name one.
///
/// # Errors
///
/// If there is no such profile, if it is wrong, or if others can read its token.
pub fn apply(place: &mut Place) -> Result<(), ProfileError> {
    let Some(name) = place.profile.clone() else {
        return Ok(());
    };
    let Some(file) = config_file() else {
        return Err(ProfileError::NoFolder(name));
    };
    apply_from(&file, &name, place)
}

/// Where the profiles are. <https://specifications.freedesktop.org/basedir-spec/latest/>
fn config_file() -> Option<PathBuf> {
    let named = env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    let folder = named
        .filter(|folder| folder.is_absolute())
        .or_else(|| env::home_dir().map(|home| home.join(".config")))?;
    Some(folder.join(FILE))
}

fn apply_from(file: &Path, name: &str, place: &mut Place) -> Result<(), ProfileError> {
    let text = fs::read_to_string(file).map_err(|source| match source.kind() {
        ErrorKind::NotFound => ProfileError::NoFile {
            file: file.to_owned(),
            name: name.to_owned(),
        },
        _ => unreadable(file, source),
    })?;
    let mut profiles = read(file, &text)?;
    // Whoever reads the file reads every token in it.
    if profiles.values().any(|profile| profile.token.is_some()) {
        check_closed(file)?;
    }
    let Some(profile) = profiles.remove(name) else {
        let known: Vec<String> = profiles.keys().map(|name| format!("`{name}`")).collect();
        return Err(ProfileError::Unknown {
            file: file.to_owned(),
            name: name.to_owned(),
            known: if known.is_empty() {
                "none".to_owned()
            } else {
                known.join(", ")
            },
        });
    };
    let wrong = |problem: String| ProfileError::Profile {
        file: file.to_owned(),
        name: name.to_owned(),
        problem,
    };
    let api: ApiUrl = profile
        .api
        .parse()
        .map_err(|problem| wrong(format!("api: {problem}")))?;
    if profile.token.is_some() && profile.token_file.is_some() {
        return Err(wrong(
            "has `token` and `token_file`: leave out one of them".to_owned(),
        ));
    }
    let token_of = |text: &str| text.parse::<Token>().map_err(&wrong);
    // The token of a profile goes to no other system than the profile's.
    let is_meant = *place.api.get_or_insert_with(|| api.clone()) == api;
    if is_meant && place.token.is_none() {
        place.token = match (profile.token, profile.token_file) {
            (Some(token), _) => Some(token_of(&token)?),
            (None, Some(named)) => {
                let folder = file.parent().unwrap_or(Path::new(""));
                let named = folder.join(named);
                let token = fs::read_to_string(&named);
                let token = token.map_err(|source| unreadable(&named, source))?;
                check_closed(&named)?;
                Some(token_of(&token)?)
            }
            (None, None) => None,
        };
    }
    Ok(())
}

fn read(file: &Path, text: &str) -> Result<BTreeMap<String, Profile>, ProfileError> {
    let profiles: Profiles = toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or(text);
        ProfileError::Wrong {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            problem: error.message().replace('\n', "; "),
        }
    })?;
    Ok(profiles.profile)
}

fn unreadable(file: &Path, source: std::io::Error) -> ProfileError {
    ProfileError::Unreadable {
        file: file.to_owned(),
        source,
    }
}

/// Refuses a file with a token that other users can read.
fn check_closed(file: &Path) -> Result<(), ProfileError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let metadata = fs::metadata(file).map_err(|source| unreadable(file, source))?;
        if metadata.permissions().mode() & 0o077 != 0 {
            return Err(ProfileError::Open(file.to_owned()));
        }
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use clap::Parser as _;
    use tempfile::TempDir;

    use super::*;
    use crate::cli::{Cli, Command};

    const FILE: &str = "[profile.prod]\napi = \"https://api.example.com\"\ntoken = \"of-the-file\"\n\
                        [profile.test]\napi = \"https://test.example.com\"\ntoken_file = \"token\"\n";

    struct Config {
        folder: TempDir,
    }

    impl Config {
        fn new(text: &str) -> Self {
            let config = Self {
                folder: TempDir::new().expect("a folder"),
            };
            config.write("config.toml", text, 0o600);
            config
        }

        fn write(&self, name: &str, text: &str, mode: u32) {
            let path = self.folder.path().join(name);
            fs::write(&path, text).expect("a file");
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
        }

        fn apply(&self, name: &str, options: &[&str]) -> Result<(String, Option<String>), String> {
            let arguments = ["sluice", "undo", "7"].iter().chain(options);
            let cli = Cli::try_parse_from(arguments).expect("a command");
            let Some(Command::Undo(undo)) = cli.command else {
                panic!("another command");
            };
            let mut place = undo.place;
            let file = self.folder.path().join("config.toml");
            apply_from(&file, name, &mut place).map_err(|error| error.to_string())?;
            let token = place.token.map(|token| token.as_str().to_owned());
            Ok((place.api.expect("an address").to_string(), token))
        }
    }

    fn meant(api: &str, token: Option<&str>) -> (String, Option<String>) {
        (api.to_owned(), token.map(str::to_owned))
    }

    #[test]
    fn options_come_before_the_profile() {
        let config = Config::new(FILE);
        let (prod, file) = ("https://api.example.com", Some("of-the-file"));
        assert_eq!(config.apply("prod", &[]), Ok(meant(prod, file)));
        let token = config.apply("prod", &["--token", "mine"]);
        assert_eq!(token, Ok(meant(prod, Some("mine"))));
        assert_eq!(
            config.apply("prod", &["--api", prod]),
            Ok(meant(prod, file))
        );
    }

    #[test]
    fn the_token_of_a_profile_goes_to_no_other_system() {
        let config = Config::new(FILE);
        let other = "https://other.example.com";
        assert_eq!(
            config.apply("prod", &["--api", other]),
            Ok(meant(other, None))
        );
    }

    #[test]
    fn a_token_is_read_from_the_file_beside_that_the_profile_names() {
        let config = Config::new(FILE);
        let refused = config.apply("test", &[]).expect_err("no token");
        assert!(refused.contains("token cannot be read"), "{refused}");
        config.write("token", "of-its-own\n", 0o644);
        let refused = config.apply("test", &[]).expect_err("an open file");
        assert!(refused.contains("chmod 600"), "{refused}");
        config.write("token", "of-its-own\n", 0o600);
        let test = Ok(meant("https://test.example.com", Some("of-its-own")));
        assert_eq!(config.apply("test", &[]), test);
    }

    #[test]
    fn a_file_with_a_token_that_others_can_read_is_refused_and_one_without_is_not() {
        let config = Config::new("");
        config.write("config.toml", FILE, 0o644);
        let refused = config.apply("test", &[]).expect_err("an open file");
        assert!(refused.contains("other users of this machine"), "{refused}");
        let text = "[profile.open]\napi = \"https://api.example.com\"\n";
        config.write("config.toml", text, 0o644);
        let open = Ok(meant("https://api.example.com", None));
        assert_eq!(config.apply("open", &[]), open);
    }

    #[test]
    fn what_is_wrong_with_a_profile_is_told_without_its_token() {
        for (text, told) in [
            (
                "[profile.a]\napi = \"https://a.example\"\n",
                "no profile `x`: there are `a`",
            ),
            ("", "there are none"),
            ("[profile.x]\ntoken = \"secret\"\n", "missing field `api`"),
            (
                "[profile.x]\napi = \"http://a.example\"\n",
                "api: use https",
            ),
            (
                "[profile.x]\napi = \"https://a.example\"\ntoken = \"secret\"\ntoken_file = \"t\"",
                "leave out one",
            ),
            (
                "[profile.x]\napi = \"https://a.example\"\ntokens = \"secret\"\n",
                "line 3: unknown field",
            ),
            (
                "[profile.x]\napi = \"https://a.example\"\ntoken = \"secret\n",
                "line 3: ",
            ),
        ] {
            let refused = Config::new(text).apply("x", &[]).expect_err(text);
            assert!(refused.contains(told), "{told}: {refused}");
            assert!(!refused.contains("secret"), "{refused}");
        }
        let folder = TempDir::new().expect("a folder");
        let mut place = Place::here("demo".parse().expect("a station"), folder.path());
        let refused = apply_from(&folder.path().join("none.toml"), "x", &mut place);
        let refused = refused.expect_err("no file").to_string();
        assert!(refused.contains("[profile.x]"), "{refused}");
    }
}
