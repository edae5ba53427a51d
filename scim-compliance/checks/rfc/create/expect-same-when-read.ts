import { expectStatus, expectThat, objectIn, shown, skip } from '../../../expect.ts'
import { isObject, type JsonObject } from '../../../json.ts'
import type { Stage, TypeAtHand } from '../../../stage.ts'
import { isSameState } from '../../tools/same-state.ts'

const withoutMeta = ({ meta: _, ...body }: JsonObject): JsonObject => body

export async function expectSameWhenRead(stage: Stage, type: TypeAtHand): Promise<void> {
  const { path, answer } = await stage.create(type)
  if (!isObject(answer.body)) skip('The create has no body.')
  const read = await stage.get(path)
  expectStatus(read, 200)
  const [created, got] = [withoutMeta(objectIn(answer)), withoutMeta(objectIn(read))]
  expectThat(isSameState(got, created), `the resource as the create showed it ${shown(created)}`, got, read)
}
