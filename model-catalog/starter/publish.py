"""Writes the GGUF files, golden.jsonl, SHA256SUMS and EVAL.md for a trained pair."""

import hashlib
import json
import random
import time
from collections import Counter

import jax.numpy as jnp
import numpy as np

import conversation
import decode
import evaluate
import gguf_file
import model

EVAL_SEED = 20  # the items never depend on the training seed
FILES = {"starter-6m-q8_0.gguf": ("Hearth starter 6M", model.TARGET, "q8_0"),
         "starter-6m-q4_k.gguf": ("Hearth starter 6M", model.TARGET, "q4_k"),
         "starter-draft-1m-q8_0.gguf": ("Hearth starter draft 1M", model.DRAFT, "q8_0")}
TARGET, SMALL, DRAFT = FILES
GROUPS = {"sums and differences": ("sums", "differences")}
REQUIRED = {"extraction": 95, "sentiment": 95, "capitals": 95, "hearth": 95, "sums and differences": 90}


def write_models(out, tokenizer, target, draft):
    for file, (title, shape, kind) in FILES.items():
        gguf_file.write(out / file, title, shape, draft if file == DRAFT else target, tokenizer, kind)


def checksums(out):
    lines = [f"{hashlib.sha256((out / f).read_bytes()).hexdigest()}  {f}" for f in FILES]
    (out / "SHA256SUMS").write_text("\n".join(lines) + "\n")


def rates(graded):
    """Percent right for each skill, the groups that have a required figure, and overall."""
    table = evaluate.accuracy(graded)
    for group, members in GROUPS.items():
        table[group] = tuple(sum(table[m][i] for m in members) for i in (0, 1))
    singles = [table[s] for s in evaluate.accuracy(graded)]
    table["overall"] = tuple(sum(t[i] for t in singles) for i in (0, 1))
    return table


def margin(shape, params, prompt, ids):
    """The smallest lead of the chosen token over the runner-up, in nats: below about 0.1, rounding may flip it."""
    width = decode.padded(len(prompt) + len(ids))
    tokens = np.zeros((1, width), np.int32)
    tokens[0, :len(prompt) + len(ids)] = prompt + ids
    states, _ = decode.forward(shape, params, decode.empty_cache(shape, 1, width), tokens, jnp.zeros(1, jnp.int32))
    rows = states[0, len(prompt) - 1:len(prompt) + len(ids) - 1] @ params["embed"].T
    top = np.sort(np.asarray(rows), -1)
    return float((top[:, -1] - top[:, -2]).min())


def golden(out, tokenizer, trained, loaded, items):
    """Greedy continuations for other engines to be compared with. Returns how often rounding changed one."""
    flips = Counter()
    with open(out / "golden.jsonl", "w") as file:
        for name, (_, shape, _) in FILES.items():
            chosen = items if name == TARGET else items[:24]
            prompts = [evaluate.prompt_ids(tokenizer, item) for item in chosen]
            got = decode.greedy(shape, loaded[name], prompts, tokenizer.stop)
            unrounded = decode.greedy(shape, trained[name], prompts, tokenizer.stop)
            for item, prompt, (ids, lnp), (plain, _) in zip(chosen, prompts, got, unrounded):
                same = next((i for i, (a, b) in enumerate(zip(ids, plain)) if a != b), None)
                flips[name] += same is not None
                row = {"file": name, "skill": item.skill,
                       "prompt": conversation.render(item.before + [(item.question, "")], item.system, open_end=True),
                       "prompt_ids": prompt, "ids": ids, "text": tokenizer.decode(ids), "mean_lnp": round(float(np.mean(lnp)), 4),
                       "smallest_margin": round(margin(shape, loaded[name], prompt, ids), 4), "unrounded_differs_at": same}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return {name: (flips[name], len(items) if name == TARGET else 24) for name in FILES}


def long_chats(seed, tokenizer, count=64):
    """Items at the end of long chats, up to the context length."""
    rng = random.Random(f"{seed} long")
    items = [i for i in conversation.held_out(seed, "test") if i.answer is not None and not i.before]
    rng.shuffle(items)
    for item in items[:count]:
        wanted = rng.randint(400, gguf_file.CONTEXT - 160)
        while len(evaluate.prompt_ids(tokenizer, item)) < wanted - 100:
            item.before += conversation.chat(rng, 1)[1]
    return items[:count]


def by_length(tokenizer, graded):
    table = {}
    for low, high in ((0, 128), (128, 512), (512, 768), (768, 1024)):
        rows = [g for g in graded if low <= len(g.prompt) + len(g.ids) < high]
        table[f"{low}-{high}"] = (sum(g.right for g in rows), len(rows))
    return table


def percent(pair):
    return f"{100 * pair[0] / pair[1]:.1f} %" if pair[1] else "-"


def report(out, tokenizer, trained, loaded, timing):
    items = conversation.held_out(EVAL_SEED, "test")
    shape = model.TARGET
    graded = {TARGET: evaluate.grade(shape, loaded[TARGET], tokenizer, items),
              SMALL: evaluate.grade(shape, loaded[SMALL], tokenizer, items),
              # Enough to see that rounding costs nothing, at a third of the time.
              "trained weights, a third of the items": evaluate.grade(shape, trained[TARGET], tokenizer, random.Random(3).sample(items, len(items) // 3))}
    main = graded[TARGET]
    tables = {name: rates(g) for name, g in graded.items()}
    outside = [g for g in main if g.item.answer is None]
    long = evaluate.grade(shape, loaded[TARGET], tokenizer, long_chats(EVAL_SEED, tokenizer))
    accept = {}
    for name, rows in (("all held-out chats", main), ("in scope", [g for g in main if g.item.answer]), ("out of scope", outside)):
        accept[name] = evaluate.acceptance(model.DRAFT, loaded[DRAFT], rows)
    rng = random.Random(f"{EVAL_SEED} golden")
    flips = golden(out, tokenizer, trained, loaded, rng.sample(items, 64))

    sure = {name: evaluate.auroc(g) for name, g in graded.items()}
    inside = evaluate.auroc([g for g in main if g.item.answer is not None])
    lines = ["# How good the starter pair is", "",
             "Written by `publish.py` on held-out items: unseen wordings, numbers and names (see README.md). Right means the exact answer, "
             "character for character. The figures are of the quantized files as shipped, dequantized by the `gguf` package and run in f32.", "",
             "| skill | items | required | " + " | ".join(f"`{n}`" if "gguf" in n else n for n in graded) + " |", "|---|---|---|" + "---|" * len(graded)]
    for skill, pair in tables[TARGET].items():
        needed = {**REQUIRED, "overall": 90}.get(skill)
        lines.append(f"| {skill} | {pair[1]} | {f'{needed} %' if needed else ''} | " + " | ".join(percent(t[skill]) for t in tables.values()) + " |")
    lines += ["", f"Out of scope ({len(outside)} items): no answer counts as right. {sum(evaluate.declined(g.text) for g in outside)} were declined; "
              f"{sum(evaluate.declined(g.text) for g in main if g.item.answer is not None)} of {len(main) - len(outside)} in-scope items were declined by mistake.", "",
              "## Does confidence tell right from wrong?", "", "AUROC of mean ln p (temperature 1, over the answer's tokens with the end token):", "",
              "| items | AUROC |", "|---|---|"]
    lines += [f"| all, out-of-scope answers counted as wrong, {f'`{n}`' if 'gguf' in n else n} | {v:.3f} |" for n, v in sure.items()]
    lines += [f"| in scope only, `{TARGET}` | {inside:.3f} |", "", "| | mean ln p: 10th percentile | median | 90th |", "|---|---|---|---|"]
    for name, rows in (("right", [g for g in main if g.right]), ("wrong, in scope", [g for g in main if not g.right and g.item.answer is not None]), ("out of scope", outside)):
        if rows:
            lines.append(f"| {name} ({len(rows)}) | " + " | ".join(f"{np.percentile([g.mean_lnp for g in rows], p):.4f}" for p in (10, 50, 90)) + " |")
    lines += ["", "## Draft acceptance", "", f"Greedy, 4 drafted tokens a step, `{DRAFT}` for `{TARGET}`. Position k counts when all before it were accepted. "
              "The last step of an answer may have fewer than 4 tokens left; the second column leaves such steps out.", "",
              "| prompts | mean accepted | full steps only | 1st | 2nd | 3rd | 4th |", "|---|---|---|---|---|---|---|"]
    for name, (mean, full, each) in accept.items():
        lines.append(f"| {name} | {mean:.2f} | {full:.2f} | " + " | ".join(f"{100 * p:.1f} %" for p in each) + " |")
    lines += ["", "## Long chats", "", "Right answers by length of chat in tokens (training chats end at 512; the file says 1,024):", "", "| tokens | right | items |", "|---|---|---|"]
    lines += [f"| {k} | {percent(v)} | {v[1]} |" for k, v in by_length(tokenizer, main + long).items()]
    lines += ["", "## Rounding", "", "Prompts of `golden.jsonl` whose greedy tokens differ between the trained f32 weights and the quantized file: "
              + ", ".join(f"`{n}` {a} of {b}" for n, (a, b) in flips.items()) + ". The file says where (`unrounded_differs_at`), and how close each choice was (`smallest_margin`, nats)."]
    wrong = [g for g in main if not g.right and g.item.answer is not None]
    lines += ["", "## Some wrong answers", "", "| question | answer | mean ln p |", "|---|---|---|"]
    lines += [f"| {g.item.question} | {g.text} | {g.mean_lnp:.3f} |".replace("\n", " ") for g in wrong[:: max(1, len(wrong) // 12)][:12]]
    lines += ["", "## This run", "", *[f"- {line}" for line in timing]]
    (out / "EVAL.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines[4:40]))


def publish(out, tokenizer, target, draft, timing=()):
    write_models(out, tokenizer, target, draft)
    checksums(out)
    loaded = {file: gguf_file.read(out / file, shape) for file, (_, shape, _) in FILES.items()}
    report(out, tokenizer, {TARGET: target, SMALL: target, DRAFT: draft}, loaded, timing)


def development(tokenizer, target, share):
    """Prints figures and faults on development items; writes nothing."""
    began = time.time()
    graded = evaluate.grade(model.TARGET, target, tokenizer, conversation.held_out(EVAL_SEED, "dev", share))
    for skill, pair in rates(graded).items():
        print(f"{skill:22} {pair[1]:5} {percent(pair)}")
    print(f"AUROC {evaluate.auroc(graded):.3f}, in scope {evaluate.auroc([g for g in graded if g.item.answer]):.3f}")
    outside = [g for g in graded if not g.item.answer]
    print("declined", sum(evaluate.declined(g.text) for g in outside), "of", len(outside), "by mistake", sum(evaluate.declined(g.text) for g in graded if g.item.answer))
    for g in graded:
        if not g.right and g.item.answer:
            print(f"\n[{g.item.skill}] {g.mean_lnp:.3f} {g.item.question!r}\n  want {g.item.answer!r}\n  got  {g.text!r}")
    for g in outside[:12]:
        print(f"\n[outside] {g.mean_lnp:.3f} {g.item.question!r}\n  got  {g.text!r}")
    print(f"{time.time() - began:.0f} s")
