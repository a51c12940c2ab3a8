"""``python -m analyzer`` is the same as the command ``analyzer``."""

from analyzer.cli.main import main

if __name__ == "__main__":
    main()
