import { Failure } from '../expect.ts'
import type { Answer, TypeAtHand } from '../stage.ts'
import { findLeast } from './least.ts'
import { idIn, isSuccess } from './make.ts'
import { isGroups, isUsers } from './needs.ts'
import { refusedBy } from './refused.ts'
import type { LeftBehind } from './result.ts'
import { type Run, setStage } from './stage.ts'

export type Probed = { readonly notes: readonly string[]; readonly left: readonly LeftBehind[] }

/**
 * Tries once whether anything of each type can be made at all, so that one cause is told once and not by every check:
 * few rights, or something that a server wants and doesn't say. Answers notes for whoever reads the result, and what
 * couldn't be removed.
 */
export async function probeRights(run: Run): Promise<Probed> {
  const notes: string[] = []
  const left: LeftBehind[] = []
  for (const type of run.types) {
    const probed = await probe(run, type)
    notes.push(...probed.notes)
    left.push(...probed.left)
  }
  return { notes, left }
}

async function probe(run: Run, type: TypeAtHand): Promise<Probed> {
  const { stage, belongings } = setStage(run)
  const left: LeftBehind[] = []
  const attempt = async () => {
    const answer = await stage.post(type.endpoint, stage.sample(type))
    left.push(...(await belongings.remove()))
    return answer
  }
  try {
    return { notes: await notesOn(run, type, attempt), left }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { notes: [], left }
  } finally {
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
  if (isSuccess(answer) && idIn(answer) !== undefined) return []
  const wantsMore = answer.status === 400 || answer.status === 422
  const needed = wantsMore ? await findLeast(run, type, attempt) : []
  const refused = refusedBy(type, answer)
  if (needed.length === 0) run.refused.set(type.name, refused)
  if (!wantsMore) return isUsers(type) || isGroups(type) || !refused.forbidden ? [refused.reason] : []
  const answered = run.client.mask(answer.text).slice(0, 300)
  return [
    `The least that ${type.endpoint} should take by its schemas is refused with ${answer.status}: ${answered} ${
      needed.length > 0
        ? `So everything is made with ${needed.join(', ')} too.`
        : `If it wants more, give that in a file: --with ${type.name}=file.json.`
    }`,
  ]
}
