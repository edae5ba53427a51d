import { expectStatus } from '../../expect.ts'
import type { Made, Stage } from '../../stage.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { lookUp } from '../tools/look-ups.ts'
import { needs } from '../tools/offered.ts'
import { expectPatched } from '../tools/patches.ts'
import { nobody } from '../tools/people.ts'
import { reached } from '../tools/prepared.ts'
import { post } from './post-users.ts'

/** Skips unless users can be listed: then a refusal of a list says nothing of what is special about it. */
export const needListed = (stage: Stage): Promise<void> =>
  reached('Users can’t be listed', 'aws/lists/without-cursor', async () =>
    expectStatus(await stage.get(`${stage.users.endpoint}?count=1`), 200),
  )

/** Skips unless a filter that AWS takes is taken. */
export const needFiltered = (stage: Stage): Promise<void> =>
  reached('A filter by userName isn’t answered with 200', 'aws/filters/nobody', async () =>
    expectStatus(await stage.get(lookUp(stage.users, `userName eq "${nobody()}"`)), 200),
  )

/** Skips unless a user as AWS takes it is created. */
export const needCreated = (stage: Stage): Promise<void> =>
  reached('No user is created', 'aws/users/created-with-201', async () =>
    expectStatus(await post(stage, {}), 201),
  )

/** Skips unless PATCH changes a user. */
export async function needPatched(stage: Stage, { path }: Pick<Made, 'path'>): Promise<void> {
  needs(stage.users, 'displayName')
  await reached('PATCH doesn’t change a user', 'aws/patch/op-in-any-case', async () => {
    await expectPatched(stage, path, { op: 'replace', path: 'displayName', value: 'Mira Moss' })
    await expectKept(stage, path, { displayName: 'Mira Moss' })
  })
}

/** Skips unless PATCH changes a group. */
export async function needPatchedGroup(stage: Stage, { path }: Pick<Made, 'path'>): Promise<void> {
  const displayName = stage.unique()
  await reached('PATCH doesn’t change a group', 'aws/groups/name-and-external-id', async () => {
    await expectPatched(stage, path, { op: 'replace', path: 'displayName', value: displayName })
    await expectKept(stage, path, { displayName })
  })
}
