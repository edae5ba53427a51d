import type { Made, Stage } from '../../../stage.ts'

export const usersWith = async (
  stage: Stage,
  name: string,
  values: readonly string[],
): Promise<readonly Made[]> => {
  const made: Made[] = []
  for (const value of values) made.push(await stage.create(stage.users, { [name]: value }))
  return made
}
