"""Writers that turn reports into files and screens; they only read, so no two of them can disagree."""
