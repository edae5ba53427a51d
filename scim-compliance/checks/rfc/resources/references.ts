import { expectEqual, expectStatus, expectThat, fail, shown, skip } from '../../../expect.ts'
import type { JsonObject } from '../../../json.ts'
import type { Answer, Made, Stage } from '../../../stage.ts'
import { at, valuesAt } from '../../tools/attributes.ts'

/** A user, and a group with that one for a member. */
export async function membership(stage: Stage): Promise<{ readonly user: Made; readonly group: Made }> {
  const user = await stage.create(stage.users)
  return { user, group: await stage.create(stage.groups, { members: [{ value: user.id }] }) }
}

/** What a list of references has of this id, at once or soon. */
export async function referenceTo(
  stage: Stage,
  { path }: Made,
  name: string,
  id: string,
): Promise<{ readonly found: JsonObject | undefined; readonly answer: Answer }> {
  let answer = await stage.get(path)
  const find = () => valuesAt(answer.body, name).find(({ value }) => value === id)
  if (find() === undefined)
    await stage.eventually(async () => {
      answer = await stage.get(path)
      return find() !== undefined
    })
  return { found: find(), answer }
}

export async function expectListed(stage: Stage, made: Made, name: string, id: string): Promise<void> {
  const { found, answer } = await referenceTo(stage, made, name, id)
  expectThat(found !== undefined, `${name} with ${id}`, at(answer.body, name), answer)
}

/** A URI as it is, or against the root of the server where it is relative. */
export const resolved = ({ service }: Stage, reference: string): string =>
  URL.parse(reference, `${service.url}/`)?.href ?? reference

/** A `$ref` or location leads to the resource with this id. */
export async function expectLeadsTo(
  stage: Stage,
  reference: unknown,
  id: string,
  answer: Answer,
): Promise<void> {
  if (reference === undefined) skip('There is no $ref.')
  expectThat(typeof reference === 'string' && reference !== '', 'a URI', reference, answer)
  const path = URL.parse(resolved(stage, reference))?.pathname ?? fail('a URI', shown(reference), answer)
  const root = new URL(stage.service.url).pathname.replace(/\/$/, '')
  expectThat(path.startsWith(root), `a URI below ${root}`, reference, answer)
  const found = await stage.get(path.slice(root.length))
  expectStatus(found, 200)
  expectEqual(at(found.body, 'id'), id, 'id', found)
}
