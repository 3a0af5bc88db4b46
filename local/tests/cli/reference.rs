//! Completions and the manual, for the shells that this machine has.

use std::process::Command;

use crate::{run, sluice};

/// Has bash say what it would complete the last of the words to.
fn completed(words: &str) -> String {
    let (code, script, _) = run(sluice().args(["completions", "bash"]));
    assert_eq!(code, 0);
    let script = format!(
        "{script}\nCOMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n\
         _sluice sluice \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"\n\
         printf '%s\\n' \"${{COMPREPLY[@]}}\""
    );
    let output = Command::new("bash").args(["-c", &script]).output();
    let output = output.expect("bash runs");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[cfg(unix)]
#[test]
fn bash_completes_commands_their_verbs_and_their_options() {
    assert_eq!(completed("sluice und"), "undo\n");
    assert_eq!(completed("sluice tasks wat"), "watch\n");
    assert_eq!(completed("sluice tasks list --tot"), "--totals\n");
}

#[test]
fn completions_and_pages_are_printed_for_each_shell_and_command() {
    for (shell, begins) in [
        ("bash", "_sluice()"),
        ("zsh", "#compdef sluice"),
        ("fish", "#"),
    ] {
        let (code, stdout, stderr) = run(sluice().args(["completions", shell]));
        assert_eq!(code, 0, "{stderr}");
        assert!(stdout.starts_with(begins), "{shell}: {stdout}");
    }
    let (code, _, stderr) = run(sluice().args(["completions", "csh"]));
    assert_eq!(code, 64);
    assert!(stderr.contains("bash, zsh, fish"), "{stderr}");
    let mut page = sluice();
    page.args(["man", "undo"])
        .env("SLUICE_TOKEN", "secret-token");
    let (code, stdout, _) = run(&mut page);
    assert_eq!(code, 0);
    assert!(stdout.contains(".TH sluice-undo 1"), "{stdout}");
    assert!(!stdout.contains("secret-token"), "{stdout}");
    let (code, _, stderr) = run(sluice().args(["man", "drop"]));
    assert_eq!(code, 64, "{stderr}");
}
