import { expectEqual, expectStatus, objectIn, skip } from '../../../expect.ts'
import { isObject, type JsonObject } from '../../../json.ts'
import type { Stage, TypeAtHand } from '../../../stage.ts'
import { isUnassigned } from '../../tools/attributes.ts'

/** Without meta, and without what is unassigned. */
const assigned = ({ meta: _, ...body }: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => !isUnassigned(value)))

export async function expectSameWhenRead(stage: Stage, type: TypeAtHand): Promise<void> {
  const { path, answer } = await stage.create(type)
  if (!isObject(answer.body)) skip('The create has no body.')
  const read = await stage.get(path)
  expectStatus(read, 200)
  expectEqual(
    assigned(objectIn(read)),
    assigned(objectIn(answer)),
    'the resource as the create showed it',
    read,
  )
}
