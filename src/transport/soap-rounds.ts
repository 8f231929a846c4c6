import { type Frame, type FrameStack, putMember, roundsOf } from './soap-frames.ts';
import type { MemberPlan, RoundPlan } from './soap-read-plans.ts';

/** Elements that repeat together go to the last round, or begin the next one. @returns the place of the round */
export function openRound(parent: Frame, member: MemberPlan, round: RoundPlan): number {
  const { roundAt } = parent;
  const goesOn = round.index > roundAt || (round.index === roundAt && member.isArray);
  if (round.isChoice || parent.roundList !== round.list || !goesOn) putMember(parent, round.list, {});
  parent.roundList = round.list;
  parent.roundAt = round.index;
  return roundsOf(parent, round).length - 1;
}

/** @throws EnvelopeError for a round without what each must have */
export function checkRounds(stack: FrameStack, frame: Frame, { list, required }: RoundPlan): void {
  for (const [index, round] of roundsOf(frame, { list }).entries()) {
    const missing = required.find((key) => !Object.hasOwn(round, key));
    if (missing !== undefined) throw stack.contract('an element', 'nothing', `.${list.key}[${index}].${missing}`);
  }
}
