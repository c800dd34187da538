"""The command line: `main` holds the commands of the loop, the other files a group of commands each."""
