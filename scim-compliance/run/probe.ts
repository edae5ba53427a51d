import { Failure } from '../expect.ts'
import { findLeast } from './least.ts'
import { isGroups, isUsers } from './needs.ts'
import type { LeftBehind } from './result.ts'
import { type Run, refusal, setStage } from './stage.ts'

/**
 * Tries once whether users and groups can be made at all, so that few rights are told once and not by every check.
 * Answers notes for whoever reads the result, and what couldn't be removed.
 */
export async function probeRights(
  run: Run,
): Promise<{ readonly notes: readonly string[]; readonly left: readonly LeftBehind[] }> {
  const notes: string[] = []
  const left: LeftBehind[] = []
  for (const type of run.types.filter(type => isUsers(type) || isGroups(type))) {
    const { stage, belongings } = setStage(run)
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
      if (!(error instanceof Failure)) throw error
    } finally {
      left.push(...(await belongings.remove()))
    }
  }
  return { notes, left }
}
