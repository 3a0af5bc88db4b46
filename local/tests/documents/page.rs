//! A page as this test sees it: blocks to run, and what the page says that they print.

use std::path::Path;

/// A fenced block.
#[derive(Clone, Debug)]
pub struct Block {
    /// The number of the line with its fence, from 1.
    pub line: usize,
    /// What stands behind the fence, such as `sh`.
    pub language: String,
    /// Its lines.
    pub text: String,
}

/// Commands, and what they print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The number of the first line of the commands, from 1.
    pub line: usize,
    /// The commands.
    pub commands: String,
    /// What the page shows of their output. Commands that are shown without any print nothing.
    pub shown: String,
}

/// A page.
pub struct Page {
    /// Its path from the root of the repository.
    pub name: String,
    /// Its text.
    pub text: String,
}

impl Page {
    /// Reads the page at `name` below `root`.
    pub fn read(root: &Path, name: &str) -> Self {
        let text = std::fs::read_to_string(root.join(name))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        Self {
            name: name.to_owned(),
            text,
        }
    }

    /// Returns the fenced blocks, each with whether it shows the output of the one before it: it has
    /// no language that runs, and no heading and no other block is between them.
    fn fences(&self) -> Vec<(Block, bool)> {
        let mut fences: Vec<(Block, bool)> = Vec::new();
        let mut open: Option<Block> = None;
        let mut follows_commands = false;
        for (number, line) in (1..).zip(self.text.lines()) {
            let fence = line.trim_start().strip_prefix("```");
            match (&mut open, fence) {
                (None, Some(language)) => {
                    open = Some(Block {
                        line: number,
                        language: language.trim().to_owned(),
                        text: String::new(),
                    });
                }
                (Some(block), Some("")) => {
                    let runs = block.language == "sh";
                    fences.push((block.clone(), follows_commands && !runs));
                    follows_commands = runs;
                    open = None;
                }
                (Some(block), _) => {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                (None, None) if line.starts_with('#') => follows_commands = false,
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{}: a block is never closed", self.name);
        fences
    }

    /// Returns the fenced blocks.
    pub fn blocks(&self) -> Vec<Block> {
        self.fences().into_iter().map(|(block, _)| block).collect()
    }

    /// Returns the blocks of commands, each as its steps.
    ///
    /// Lines that begin with `# ` show the output of the commands before them. Without any, a block
    /// that follows under the same heading shows it.
    pub fn commands(&self) -> Vec<(Block, Vec<Step>)> {
        let mut commands: Vec<(Block, Vec<Step>)> = Vec::new();
        for (block, is_output) in self.fences() {
            if block.language == "sh" {
                let steps = steps(&block);
                commands.push((block, steps));
            } else if is_output && let Some((_, steps)) = commands.last_mut() {
                let at = format!("{}:{}", self.name, block.line);
                let step = steps.last_mut().filter(|step| step.shown.is_empty());
                let step = step.unwrap_or_else(|| panic!("{at}: the output is shown twice"));
                step.shown = block.text;
            }
        }
        commands
    }

    /// Returns the text outside of fenced blocks, with the number of each line.
    pub fn prose(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut fenced = false;
        (1..).zip(self.text.lines()).filter(move |(_, line)| {
            let fence = line.trim_start().starts_with("```");
            fenced ^= fence;
            !fenced && !fence
        })
    }

    /// Returns what stands in the prose as code, with the number of its line. Code that goes on in
    /// the next line is joined by a blank.
    pub fn code(&self) -> Vec<(usize, String)> {
        let mut code: Vec<(usize, String)> = Vec::new();
        let mut open: Option<(usize, String)> = None;
        let mut last = 0;
        for (number, line) in self.prose() {
            // A paragraph ends what was never closed.
            if line.is_empty() || number != last + 1 {
                open = None;
            }
            last = number;
            for (index, part) in line.split('`').enumerate() {
                if index > 0 {
                    match open.take() {
                        None => open = Some((number, String::new())),
                        Some(closed) => code.push(closed),
                    }
                }
                if let Some((_, text)) = &mut open {
                    text.push_str(part.trim_start());
                }
            }
            if let Some((_, text)) = &mut open {
                text.push(' ');
            }
        }
        code
    }
}

fn steps(block: &Block) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (number, line) in (block.line + 1..).zip(block.text.lines()) {
        let shown = line.strip_prefix("# ");
        match (steps.last_mut(), shown) {
            (None, Some(_)) => panic!("line {number}: a block cannot begin with output"),
            (Some(step), Some(shown)) => {
                step.shown.push_str(shown);
                step.shown.push('\n');
            }
            (Some(step), None) if step.shown.is_empty() => {
                step.commands.push_str(line);
                step.commands.push('\n');
            }
            (_, None) => steps.push(Step {
                line: number,
                commands: format!("{line}\n"),
                shown: String::new(),
            }),
        }
    }
    steps
}

#[test]
fn a_comment_after_a_command_and_a_block_after_its_block_show_its_output() {
    let text = "# Title\n\n```sh\none\ntwo\n# 1\n# 2\nthree\n```\nprints\n```json\n{}\n```\n\
                ```sh\nfour\n```\n## Another\n```\nno output of four\n```\n";
    let page = Page {
        name: "page".to_owned(),
        text: text.to_owned(),
    };
    let step = |line, commands: &str, shown: &str| Step {
        line,
        commands: commands.to_owned(),
        shown: shown.to_owned(),
    };
    let commands: Vec<Vec<Step>> = page
        .commands()
        .into_iter()
        .map(|(_, steps)| steps)
        .collect();
    assert_eq!(
        commands,
        [
            vec![step(4, "one\ntwo\n", "1\n2\n"), step(8, "three\n", "{}\n")],
            vec![step(15, "four\n", "")]
        ]
    );
}

#[test]
fn code_goes_on_in_the_next_line() {
    let page = Page {
        name: "page".to_owned(),
        text: "Give `cargo run\n-p sluice`, or `x`.\n\n```sh\n`no`\n```\n".to_owned(),
    };
    let expected = [(1, "cargo run -p sluice"), (2, "x")];
    assert_eq!(
        page.code(),
        expected.map(|(line, code)| (line, code.to_owned()))
    );
}
