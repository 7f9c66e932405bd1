"""vLLM for real: `make test-vllm` builds its environment and asks it."""
