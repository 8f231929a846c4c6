import type { Frame, FrameStack } from './soap-frames.ts';
import type { TypePlan } from './soap-read-plans.ts';
import { checkRounds } from './soap-rounds.ts';

/** Makes a frame one of an element with elements of its own. */
export function startComplex(frame: Frame, plan: TypePlan): void {
  frame.kind = 'complex';
  frame.plan = plan;
  frame.required = 0;
  frame.roundList = undefined;
  frame.value = plan.isTagged ? { $type: plan.type } : {};
}

/** @throws EnvelopeError for an element that lacks what its type must have */
export function closeComplex(stack: FrameStack, frame: Frame): void {
  const { plan, value: made, required, text: written } = frame;
  if (plan === undefined) return;
  for (const round of plan.rounds) checkRounds(stack, frame, round);
  if (plan.text !== undefined) {
    made.$value = plan.text.scalar(written);
    if (made.$value === undefined) throw stack.contract(plan.text.type, 'other text');
  }
  if (required === plan.required.length) return;
  const missing = plan.required.find(({ key }) => !Object.hasOwn(made, key));
  if (missing !== undefined) throw stack.contract(missing.type, 'nothing', `.${missing.key}`);
}
