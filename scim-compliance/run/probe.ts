import { Unreachable } from '../client/unreachable.ts'
import { requiredReferences } from '../data/references.ts'
import { Failure } from '../expect.ts'
import type { Answer, TypeAtHand } from '../stage.ts'
import type { Belongings } from './clean-up.ts'
import { findLeast } from './least.ts'
import { isGroups, isUsers } from './needs.ts'
import { idIn } from './ownership.ts'
import { provideReferents } from './referents.ts'
import { isSuccess, refusedBy, saying } from './refused.ts'
import type { LeftBehind } from './result.ts'
import { Stopped } from './sending.ts'
import { type Performance, type Run, setStage } from './stage.ts'

/** Notes for whoever reads the result, what couldn't be removed, and why nobody was there any more. */
type Probed = {
  readonly notes: readonly string[]
  readonly left: readonly LeftBehind[]
  readonly unreachable?: Unreachable
}

/** `end` removes what required references refer to meanwhile. */
export type Probe = Probed & { readonly end: Belongings['remove'] }

/**
 * Tries once whether anything of each type can be made at all, so that one cause is told once and not by every check:
 * few rights, or something that a server wants and doesn't say.
 */
export async function probeRights(run: Run): Promise<Probe> {
  const notes: string[] = []
  const left: LeftBehind[] = []
  const kept = setStage(run)
  const end = async () => {
    await kept.sender.end()
    return kept.belongings.remove()
  }
  // Whatever others refer to first, so that it is known how to make it.
  const needsNothing = (type: TypeAtHand): boolean => requiredReferences(type).length === 0
  for (const type of run.types.toSorted((a, b) => Number(needsNothing(b)) - Number(needsNothing(a)))) {
    const probed = await probe(run, type, kept)
    notes.push(...probed.notes)
    left.push(...probed.left)
    if (probed.unreachable) return { notes, left, end, unreachable: probed.unreachable }
  }
  return { notes, left, end }
}

async function probe(run: Run, type: TypeAtHand, kept: Performance): Promise<Probed> {
  const { stage, belongings, sender } = setStage(run)
  const left: LeftBehind[] = []
  const attempt = async () => {
    const answer = await stage.post(type.endpoint, stage.sample(type))
    left.push(...(await belongings.remove()))
    return answer
  }
  try {
    const lacking = await provideReferents(run, type, kept)
    if (lacking !== undefined) run.refused.set(type.name, { reason: lacking, why: 'unasked' })
    return { notes: lacking === undefined ? await notesOn(run, type, attempt) : [lacking], left }
  } catch (error) {
    if (error instanceof Unreachable) return { notes: [], left, unreachable: error }
    // A run that is stopped meanwhile ends as any other.
    if (!(error instanceof Failure || error instanceof Stopped)) throw error
    return { notes: [], left }
  } finally {
    await sender.end()
    left.push(...(await belongings.remove()))
  }
}

async function notesOn(
  run: Run,
  type: TypeAtHand,
  attempt: () => Promise<Answer>,
): Promise<readonly string[]> {
  const first = await attempt()
  // One fault, or one request too many, is no answer to what was sent.
  const answer = first.status === 429 || first.status >= 500 ? await attempt() : first
  if (isSuccess(answer) && idIn(answer.body) !== undefined) return []
  const wantsMore = answer.status === 400 || answer.status === 422
  const needed = wantsMore ? await findLeast(run, type, attempt) : []
  const refused = refusedBy(type, answer)
  if (needed.length === 0) run.refused.set(type.name, refused)
  if (!wantsMore) return isUsers(type) || isGroups(type) || refused.why !== 'unasked' ? [refused.reason] : []
  return [
    `POST ${type.endpoint} with just the attributes that its schemas require is refused with ${answer.status}${saying(answer)}. ${
      needed.length > 0
        ? `All test data therefore has ${needed.join(', ')} too.`
        : `If it requires more, give that in a file: --with ${type.name}=file.json.`
    }`,
  ]
}
