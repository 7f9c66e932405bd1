"""Write what a trained adapter says of some answers, for `evalkit models check-adapter`.

    python reference.py MODEL_FOLDER ADAPTER_FOLDER CHATS.jsonl OUT.jsonl [--items 16]

CHATS.jsonl has the form of the training data. Each item is taken with its own answer and with that of the
next item, most often a wrong one: where a model is sure, every conversion agrees, and nothing is learnt.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from train import add_adapter
from transformers import AutoModelForCausalLM, AutoTokenizer


def main() -> None:
    """Write the file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("adapter", type=Path)
    parser.add_argument("chats", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--items", type=int, default=16)
    given = parser.parse_args()
    settings = json.loads((given.adapter / "adapter_config.json").read_text())
    tokenizer = AutoTokenizer.from_pretrained(given.model)
    model = AutoModelForCausalLM.from_pretrained(given.model, dtype=torch.float32)
    trained = load_file(given.adapter / "adapter_model.safetensors")
    for name, pair in add_adapter(model, settings["r"], settings["lora_alpha"]).items():
        pair.a.data.copy_(trained[f"base_model.model.{name}.lora_A.weight"])
        pair.b.data.copy_(trained[f"base_model.model.{name}.lora_B.weight"])
    lines = given.chats.read_text(encoding="utf-8").splitlines()[-given.items :]
    chats = [json.loads(line)["messages"] for line in lines]
    with given.out.open("w", encoding="utf-8") as out, torch.no_grad():
        for chat, following in zip(chats, chats[1:] + chats[:1], strict=True):
            prompt = tokenizer.apply_chat_template(chat[:-1], tokenize=False, add_generation_prompt=True)
            asked = tokenizer(prompt, add_special_tokens=False).input_ids
            for answer in (chat[-1]["content"], following[-1]["content"]):
                told = tokenizer(answer + "<|im_end|>", add_special_tokens=False).input_ids
                logits = model(torch.tensor([asked + told])).logits[0, len(asked) - 1 : -1]
                said = logits.log_softmax(-1)[range(len(told)), told]
                row = {
                    "prompt": prompt,
                    "answer_tokens": told,
                    "logprobs": [round(v, 5) for v in said.tolist()],
                }
                out.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
