"""How what is shipped in weights/ was made, and is made again: texts, their filling, the fit, the gate."""
