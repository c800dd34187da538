"""`adp minds`: the models' jobs, by hand."""

import typer

from agents.cli.minds_embed import embed_command, engines_command

minds = typer.Typer(no_args_is_help=True, help="What language models are asked, by hand.")
minds.command("engines")(engines_command)
minds.command("embed")(embed_command)
