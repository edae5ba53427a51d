import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, skip } from '../../../expect.ts'
import type { Answer, Stage } from '../../../stage.ts'
import { at, attributeOf, textOf } from '../../tools/attributes.ts'
import { needPut } from '../../tools/controls.ts'
import { readAgain } from '../../tools/read.ts'
import { checksOf, refusalsOf } from '../checks-of.ts'
import { putArea } from './areas.ts'

/** Two users, the second replaced with the name of the first. */
async function clashing(stage: Stage) {
  if (attributeOf(stage.users, 'userName')?.uniqueness === 'none') skip('userName isn’t unique here.')
  await needPut(stage)
  const text = textOf(stage.users)
  const one = await stage.create(stage.users)
  const two = await stage.create(stage.users)
  const body = { ...two.sent, userName: one.sent.userName ?? null, [text]: 'taken over' }
  return { text, two, answer: await stage.put(two.path, body) }
}

/** Replaces a resource with an immutable text by the same, or by another text. */
async function putImmutable(stage: Stage, isOther: boolean): Promise<Answer> {
  for (const type of stage.types) {
    const found = type.attributes.find(
      one => one.mutability === 'immutable' && one.type === 'string' && !one.multiValued,
    )
    if (!found) continue
    const made = await stage.create(type, { [found.name]: stage.unique() })
    return stage.put(made.path, { ...made.sent, ...(isOther && { [found.name]: stage.unique() }) })
  }
  return skip('No type has an immutable text.')
}

export const checks: readonly Check[] = [
  ...checksOf(putArea, [
    {
      id: 'clash',
      level: 'SHOULD',
      says: 'Replacing a user’s userName by one that another user has is refused with 409.',
      requirements: ['R-165'],
      matters: 'Two people would have one name, and the next look-up finds the wrong one.',
      mend: 'Check uniqueness on PUT as on POST: 409, scimType uniqueness.',
      run: async stage => expectStatus((await clashing(stage)).answer, 409),
    },
    {
      id: 'clash-changes-nothing',
      level: 'SHOULD',
      says: 'A refused PUT leaves the resource as it was.',
      requirements: ['R-165'],
      matters: 'Half of a change is stored, though the client was told that it failed.',
      mend: 'Do it all in one transaction, or check everything first.',
      run: async stage => {
        const { text, two, answer } = await clashing(stage)
        if (answer.status < 400) skip('It isn’t refused.')
        const body = await readAgain(stage, two.path)
        expectEqual(at(body, 'userName'), at(two.body, 'userName'), 'userName', answer)
        expectEqual(at(body, text), at(two.body, text), text, answer)
      },
    },
  ]),
  ...refusalsOf(putArea, [
    {
      id: 'refuses-missing-required',
      level: 'SHOULD',
      says: 'PUT without a required attribute is refused.',
      requirements: ['R-164'],
      matters: 'A resource without its name can’t be found any more.',
      mend: 'Check required attributes on PUT as on POST.',
      scimTypes: ['invalidValue', 'invalidSyntax'],
      control: async stage => {
        const made = await stage.create(stage.users)
        return stage.put(made.path, made.sent)
      },
      send: async stage => {
        if (!attributeOf(stage.users, 'userName')?.required) skip('userName isn’t required here.')
        const made = await stage.create(stage.users)
        const { userName, ...body } = made.sent
        return stage.put(made.path, body)
      },
    },
    {
      id: 'refuses-immutable',
      level: 'SHOULD',
      says: 'PUT with another value of an immutable attribute is refused.',
      requirements: ['R-162'],
      matters: 'The client believes that it was changed.',
      mend: 'Compare immutable attributes with what is stored, and answer 400 mutability when they differ.',
      scimTypes: ['mutability'],
      control: stage => putImmutable(stage, false),
      send: stage => putImmutable(stage, true),
    },
  ]),
]
