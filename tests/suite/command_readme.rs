//! What the README shows of the command is what the command prints.

use crate::command_runner::waxseal;

#[test]
fn the_readme_shows_what_is_printed() {
    let readme = include_str!("../../README.md");
    let (_, after) =
        readme.split_once("$ target/release/waxseal ").expect("the README runs the command");
    let (arguments, after) = after.split_once('\n').expect("the command's line ends");
    let (shown, _) = after.split_once("```").expect("the block ends");
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let ran = waxseal(&arguments);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), shown), "{}", ran.stderr);
}
