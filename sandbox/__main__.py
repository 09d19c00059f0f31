"""`python -m sandbox`: serve the sandbox store on its usual port."""

from sandbox.main import serve

serve()
