import { Unreachable } from '../client/unreachable.ts'
import { Failure } from '../expect.ts'
import { findLeast } from './least.ts'
import { isGroups, isUsers } from './needs.ts'
import type { LeftBehind } from './result.ts'
import { Stopped } from './sending.ts'
import { type Run, refusal, setStage } from './stage.ts'

/** Notes for whoever reads the result, what couldn't be removed, and why nobody was there any more. */
export type Probe = {
  readonly notes: readonly string[]
  readonly left: readonly LeftBehind[]
  readonly unreachable?: Unreachable
}

/** Tries once whether users and groups can be made at all, so that few rights are told once and not by every check. */
export async function probeRights(run: Run): Promise<Probe> {
  const notes: string[] = []
  const left: LeftBehind[] = []
  for (const type of run.types.filter(type => isUsers(type) || isGroups(type))) {
    const { stage, belongings, sender } = setStage(run)
    const attempt = async () => {
      const answer = await stage.post(type.endpoint, stage.sample(type))
      left.push(...(await belongings.remove()))
      return answer
    }
    try {
      const { status, text } = await attempt()
      if (status === 403) notes.push(refusal(run, type))
      else if (status === 400 || status === 422) {
        const needed = await findLeast(run, type, attempt)
        const answered = run.client.mask(text).slice(0, 300)
        notes.push(
          `The least that ${type.endpoint} should take by its schemas is refused with ${status}: ${answered} ${
            needed.length > 0
              ? `So everything is made with ${needed.join(', ')} too.`
              : `If it wants more, give that in a file: --with ${type.name}=file.json.`
          }`,
        )
      }
    } catch (error) {
      if (error instanceof Unreachable) return { notes, left, unreachable: error }
      // A run that is stopped meanwhile ends as any other.
      if (!(error instanceof Failure || error instanceof Stopped)) throw error
    } finally {
      await sender.end()
      left.push(...(await belongings.remove()))
    }
  }
  return { notes, left }
}
