import type { SharedState } from './model-state.ts'
import { type LaneState, type Operation, type Result, type Rules, shown, stepOf } from './model-state.ts'

/** A request with its result, and the times of the request and its response. */
export type Sent = {
  readonly operation: Operation
  readonly result: Result
  readonly sent: number
  readonly receivedAt: number
}

/** The requests of a client since its state was `before`. */
export type Log = { readonly before: LaneState; readonly sent: readonly Sent[] }

/** A moment at which a replacement of the data explains the observed state of a client. */
type Candidate = {
  readonly state: LaneState
  /** The moment lies between these two. */
  readonly from: number
  readonly until: number
}

/** A client's state as canonical text, without the number of versions of the shared group. */
export const pictureOf = (state: LaneState): string =>
  shown(
    sorted(
      [...state.users].map(([id, user]) => [id, user.name, user.title ?? null, user.active, user.version]),
    ),
    sorted(
      [...state.groups].map(([id, { name, version, members }]) => [id, name, version, [...members].sort()]),
    ),
    sorted([...state.gone].map(([id, { type, name, version, purged }]) => [id, type, name, version, purged])),
    sharedPicture(state.shared),
  )

const sharedPicture = ({ id, members }: SharedState) => [id ?? null, [...members].sort()]

const sorted = (rows: readonly (readonly unknown[])[]) =>
  rows.map(row => JSON.stringify(row)).sort((one, other) => (one < other ? -1 : 1))

/**
 * The positions in a client's log at which its data may have been replaced by `by`, or copied if `by` is absent: those
 * that explain each response and lead to the state in `picture`.
 */
export function candidatesIn(
  { before, sent }: Log,
  by: LaneState | undefined,
  picture: string,
  rules: Rules,
): readonly Candidate[] {
  const candidates: Candidate[] = []
  let state = before
  for (let at = 0; at <= sent.length; at++) {
    const rest = sent.slice(at)
    const after = by === undefined ? state : stateAfter(by, rest, rules)
    if (after && pictureOf(after) === picture) {
      const from = sent[at - 1]?.sent ?? 0
      candidates.push({ state: after, from, until: rest[0]?.receivedAt ?? Number.POSITIVE_INFINITY })
    }
    const next = rest[0] && stateAfter(state, [rest[0]], rules)
    if (!next) break
    state = next
  }
  return candidates
}

/** The state after these requests; undefined if one of them would have had a different result. */
function stateAfter(before: LaneState, sent: readonly Sent[], rules: Rules): LaneState | undefined {
  let state = before
  for (const { operation, result } of sent) {
    const step = stepOf(state, operation, rules)
    if (step.result !== result) return undefined
    state = step.next
  }
  return state
}

/**
 * The states of all clients at one moment between `sent` and `receivedAt`, such that the shared group has the observed
 * number of versions. Undefined if there is no such moment.
 */
export function atOneMoment(
  lanes: readonly (readonly Candidate[])[],
  { sent, receivedAt }: { readonly sent: number; readonly receivedAt: number },
  sharedVersion: number | undefined,
): readonly LaneState[] | undefined {
  const moments = lanes.flatMap(candidates => candidates.map(({ from }) => Math.max(from, sent)))
  for (const moment of new Set([sent, ...moments])) {
    if (moment > receivedAt) continue
    const fitting = lanes.map(candidates =>
      candidates.filter(({ from, until }) => from <= moment && moment <= until).map(({ state }) => state),
    )
    const found = withVersions(fitting, sharedVersion)
    if (found) return found
  }
  return undefined
}

/** One state per client, such that together they created all versions of the shared group but the first. */
function withVersions(
  lanes: readonly (readonly LaneState[])[],
  sharedVersion: number | undefined,
): readonly LaneState[] | undefined {
  let choices = new Map<number, readonly LaneState[]>([[0, []]])
  for (const states of lanes) {
    const next = new Map<number, readonly LaneState[]>()
    for (const [sum, chosen] of choices) {
      for (const state of states) next.set(sum + state.shared.changes, [...chosen, state])
    }
    choices = next
  }
  return sharedVersion === undefined ? choices.values().next().value : choices.get(sharedVersion - 1)
}
