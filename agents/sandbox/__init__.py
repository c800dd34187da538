"""Where candidates are judged: staged by trusted code, then locked, then run by one worker process.

`stage` fills a folder, `client` starts `worker` on it and speaks to it in JSON lines.
"""
