"""`adp minds`: the jobs of the agents' minds, by hand."""

import typer

from agents.cli.minds_classify import classify_command
from agents.cli.minds_embed import embed_command, engines_command
from agents.cli.minds_intent import intent_command
from agents.cli.minds_match import match_command
from agents.cli.minds_train import train_command

minds = typer.Typer(no_args_is_help=True, help="The models' jobs, by hand.")
minds.command("engines")(engines_command)
minds.command("classify")(classify_command)
minds.command("match")(match_command)
minds.command("intent")(intent_command)
minds.command("embed")(embed_command)
minds.command("train")(train_command)
