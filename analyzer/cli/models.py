"""`analyzer models`: which recognition models there are, and getting one while a network is there."""

from typing import Annotated

import typer

models_app = typer.Typer(
    help="List Whisper models, or download one for offline use.", no_args_is_help=True, rich_markup_mode=None
)


@models_app.command("list")
def list_models() -> None:
    """Print the names that --model takes, and which of them are on this machine."""
    from analyzer.asr.model_folder import DEFAULT_MODELS, known_models

    for name, here in known_models().items():
        state = "on this machine" if here else "not downloaded"
        default = ", ".join(device for device, model in DEFAULT_MODELS.items() if model == name)
        typer.echo(f"{name}\t{state}" + (f"\tdefault on {default}" if default else ""))


@models_app.command("get")
def get_model(name: Annotated[str, typer.Argument(help="A name from `analyzer models list`.")]) -> None:
    """Download a model once, so that scoring needs no network afterwards."""
    from analyzer.asr.model_folder import resolve_model

    model = resolve_model(name, "cpu")
    typer.echo(str(model.path))
