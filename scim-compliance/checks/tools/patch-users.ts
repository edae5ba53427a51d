import { expectEqual } from '../../expect.ts'
import type { JsonObject } from '../../json.ts'
import type { Made, Stage } from '../../stage.ts'
import { at, needWritable, textOf } from './attributes.ts'
import { patched } from './patches.ts'
import { reached } from './prepared.ts'

/** An operation that is to set a text. */
type TextChange = (text: string, value: string) => JsonObject

async function expectText(stage: Stage, made: Made, text: string, change: TextChange): Promise<void> {
  const value = stage.unique()
  const { body, answer } = await patched(stage, made, change(text, value))
  expectEqual(at(body, text), value, text, answer)
}

/** Skips the check where a PATCH is refused, or changes nothing; rfc/patch-replace/single-value reports that. */
export async function needEffect(stage: Stage, made: Made, text: string): Promise<void> {
  const value = stage.unique()
  await reached('PATCH has no effect', 'rfc/patch-replace/single-value', async () => {
    const { body, answer } = await patched(stage, made, { op: 'replace', path: text, value })
    expectEqual(at(body, text), value, text, answer)
  })
}

/** The operation sets a text that had no value. */
export async function expectGivesText(stage: Stage, change: TextChange): Promise<void> {
  const text = textOf(stage.users)
  await expectText(stage, await stage.create(stage.users), text, change)
}

/** The operation sets a text that had another value. */
export async function expectReplacesText(stage: Stage, change: TextChange): Promise<void> {
  const text = textOf(stage.users)
  await expectText(stage, await stage.create(stage.users, { [text]: stage.unique() }), text, change)
}

/** The parts that the name of Ann Check has after an operation. */
export async function expectName(
  stage: Stage,
  operation: JsonObject,
  wanted: Readonly<Record<string, string>>,
): Promise<void> {
  needWritable(stage.users, 'name.givenName', 'name.familyName')
  const made = await stage.create(stage.users, { name: { givenName: 'Ann', familyName: 'Check' } })
  const { body, answer } = await patched(stage, made, operation)
  for (const [part, value] of Object.entries(wanted))
    expectEqual(at(body, 'name', part), value, `name.${part}`, answer)
}

/** The operation makes somebody inactive who was active. */
export async function expectDisabled(stage: Stage, operation: JsonObject): Promise<void> {
  needWritable(stage.users, 'active')
  const made = await stage.create(stage.users, { active: true })
  const { body, answer } = await patched(stage, made, operation)
  expectEqual(at(body, 'active'), false, 'active', answer)
}
