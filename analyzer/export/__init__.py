"""What a run leaves behind for people: the files of a results folder."""
