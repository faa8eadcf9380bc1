"""Runs golden.jsonl through llama.cpp and says where its greedy tokens differ: `python compare.py DIR`.

An independent check of the files: another reader, another tokenizer, other kernels. Needs `llama-cpp-python`,
which is not in requirements.txt because it is compiled on install and nothing else uses it.
"""

import json
import sys
from pathlib import Path

from llama_cpp import Llama

folder = Path(sys.argv[1])
rows = [json.loads(line) for line in (folder / "golden.jsonl").open()]
for file in dict.fromkeys(row["file"] for row in rows):
    model = Llama(str(folder / file), n_ctx=512, verbose=False)
    chosen = [row for row in rows if row["file"] == file]
    split = same = 0
    for row in chosen:
        split += model.tokenize(row["prompt"].encode(), add_bos=False, special=True) == row["prompt_ids"]
        model.reset()
        ids = []
        for token in model.generate(row["prompt_ids"], temp=0.0, top_k=1, repeat_penalty=1.0):
            ids.append(token)
            if token == model.token_eos() or len(ids) == len(row["ids"]):
                break
        if ids == row["ids"]:
            same += 1
        else:
            at = next(i for i, (a, b) in enumerate(zip(ids, row["ids"])) if a != b)
            print(f"{file}: differs at token {at}, smallest margin {row['smallest_margin']}: {row['prompt'][-60:]!r}")
    print(f"{file}: {split} of {len(chosen)} prompts split alike, {same} of {len(chosen)} continuations alike")
