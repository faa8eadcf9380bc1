"""Training of the target on answers, and of the draft on the target's own probabilities."""

import time
from functools import partial

import jax
import jax.numpy as jnp

import conversation
import model
import optim
from batches import Stream

# Share of the steps, tokens a row, topics a chat: short chats first (attention is cheaper), long ones last.
PHASES = [(0.80, 256, 2), (0.20, 512, 10)]
# The second rounds: their highest rate as a share of the first round's, and the part of their steps before weights are averaged.
SECOND_PEAK, MEAN_FROM = 0.4, 0.4


def phase(step, steps):
    done = (step + 0.5) / steps
    for share, length, topics in PHASES:
        if done < share:
            return length, topics
        done -= share
    return PHASES[-1][1:]


def _answers_loss(shape, params, half, batch):
    tokens, document, position, target, weight = batch
    states = model.hidden(shape, params, half, tokens, document)[position]
    logits = model.logits_at(params, half, states)
    loss = jax.nn.logsumexp(logits, -1) - jnp.take_along_axis(logits, target[:, None], 1)[:, 0]
    return jnp.sum(loss * weight) / jnp.sum(weight)


@partial(jax.jit, static_argnums=0, donate_argnums=(1, 2, 3))
def _target_step(shape, params, half, state, batch, rate):
    loss, grads = jax.value_and_grad(partial(_answers_loss, shape))(params, half, batch)
    params, state = optim.update(params, grads, state, rate)
    return params, model.half_copies(params), state, loss


@partial(jax.jit, static_argnums=0)
def _teach(shape, params, half, batch):
    states = model.hidden(shape, params, half, batch[0], batch[1])[batch[2]]
    return jax.nn.log_softmax(model.logits_at(params, half, states))


def _distil_loss(shape, params, half, batch, wanted):
    """KL(target || draft), the divergence whose minimum also maximises greedy agreement where the target is sure."""
    tokens, document, position, _, weight = batch
    states = model.hidden(shape, params, half, tokens, document)[position]
    got = jax.nn.log_softmax(model.logits_at(params, half, states))
    return jnp.sum(jnp.sum(jnp.exp(wanted) * (wanted - got), -1) * weight) / jnp.sum(weight)


@partial(jax.jit, static_argnums=0, donate_argnums=(1, 2, 3))
def _draft_step(shape, params, half, state, batch, wanted, rate):
    loss, grads = jax.value_and_grad(partial(_distil_loss, shape))(params, half, batch, wanted)
    params, state = optim.update(params, grads, state, rate)
    return params, model.half_copies(params), state, loss


def _log(name, step, steps, loss, began):
    if step % 20 == 0 or step == steps - 1:
        print(f"{name} step {step:4}/{steps} loss {float(loss):.4f} {time.time() - began:6.0f} s wall {time.process_time():6.0f} s cpu", flush=True)


def _train(name, stream, params, steps, update, see=lambda step, params: None):
    """`steps` steps from `params`, which it uses up; `update` makes one, of a share of the full rate. `see` is given each step's number and result."""
    half, state = jax.jit(model.half_copies)(params), optim.init(params)
    began = time.time()
    for step in range(steps):
        batch = stream.batch(*phase(step, steps))
        params, half, state, loss = update(params, half, state, batch, optim.schedule(step, steps))
        _log(name, step, steps, loss, began)
        see(step, params)
    return params


def train_target(tokenizer, seed, steps, keep):
    """The first round. `keep` is given the parameters now and then, to look at while training goes on."""
    return _train("first round", Stream(tokenizer, seed), model.init(model.TARGET, seed), steps, partial(_target_step, model.TARGET),
                  lambda step, params: keep(params) if step % 250 == 249 else None)


def refine_target(tokenizer, seed, steps, first):
    """A second round from the weights `first`: a short one about plain questions. Returns the mean of its later weights."""
    mean, count = jax.tree.map(jnp.zeros_like, first), 0

    def update(params, half, state, batch, rate):
        return _target_step(model.TARGET, params, half, state, batch, SECOND_PEAK * rate)

    def see(step, params):
        nonlocal mean, count
        if step >= MEAN_FROM * steps and step % 5 == 0:
            count += 1
            mean = jax.tree.map(lambda m, p: m + (p - m) / count, mean, params)

    _train("second round", Stream(tokenizer, seed, conversation.SECOND_MIX), jax.tree.map(jnp.copy, first), steps, update, see)
    return mean


def middle(*several):
    """The mean of the weights before and after second rounds.

    Means are right more often on unseen wordings than any one (Izmailov et al., "Averaging weights leads to wider optima
    and better generalization", 2018; Wortsman et al., "Model soups", 2022), and the weights before the second rounds
    keep what those wear off (Wortsman et al., "Robust fine-tuning of zero-shot models", 2022).
    """
    return jax.tree.map(lambda *weights: sum(weights) / len(weights), *several)


def train_draft(tokenizer, target, seed, steps):
    target_half = jax.jit(model.half_copies)(target)

    def update(params, half, state, batch, rate):
        return _draft_step(model.DRAFT, params, half, state, batch, _teach(model.TARGET, target, target_half, batch), rate)

    return _train("draft", Stream(tokenizer, seed + 1), model.init(model.DRAFT, seed + 1), steps, update)
