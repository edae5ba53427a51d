import type { Made, Stage } from '../../stage.ts'
import { at, textOf } from './attributes.ts'
import { postedSample } from './posted.ts'
import { followsFrom } from './prepared.ts'
import { isReplaced } from './puts.ts'

/** Skips where a resource that was created can't be read: then a 404 after its deletion would say nothing. */
export async function needReadable(stage: Stage, { path }: Pick<Made, 'path'>): Promise<void> {
  if ((await stage.get(path)).status !== 200)
    followsFrom('A resource that was created can’t be read', 'rfc/retrieve/by-id-user')
}

/** Skips where PUT doesn't replace a user that is there: then a refusal would say nothing. */
export async function needPut(stage: Stage): Promise<void> {
  const { path, sent } = await stage.create(stage.users)
  if (!isReplaced(await stage.put(path, sent)))
    followsFrom('PUT of a user that is there fails, too', 'rfc/put/answers-200')
}

/** Skips where a create with null for this attribute is refused, too. */
export async function needNull(stage: Stage, text: string): Promise<void> {
  if ((await postedSample(stage, stage.users, { [text]: null })).status !== 201)
    followsFrom('null is refused in a create, too', 'rfc/values/null-is-absent')
}

/** Skips where a PUT of another text changes nothing: then that something else stays as it was says nothing. */
export async function needPutEffect(stage: Stage): Promise<void> {
  const text = textOf(stage.users)
  const { path, sent } = await stage.create(stage.users, { [text]: stage.unique() })
  const value = stage.unique()
  await stage.put(path, { ...sent, [text]: value })
  if (at((await stage.get(path)).body, text) !== value) followsFrom('PUT has no effect', 'rfc/put/replaces')
}
