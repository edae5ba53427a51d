import { expectThat, objectIn } from '../../../expect.ts'
import type { Json, JsonObject } from '../../../json.ts'
import type { Answer, Stage } from '../../../stage.ts'
import { extended } from '../../tools/attributes.ts'

export const schemasOf = (answer: Answer, body: JsonObject = objectIn(answer)): readonly Json[] => {
  const { schemas } = body
  if (Array.isArray(schemas) && schemas.length > 0) return schemas
  expectThat(false, 'schemas with at least one URN', schemas, answer)
  return []
}

export const textsInExtensions = ({ users }: Stage) =>
  users.extensions.flatMap(({ schema, attributes }) =>
    attributes
      .filter(
        ({ type, multiValued, mutability, canonicalValues }) =>
          type === 'string' && !multiValued && mutability === 'readWrite' && canonicalValues.length === 0,
      )
      .map(({ name }) => ({ schema, name })),
  )

/** With values of an extension, where there is one to be had. */
export const withSome = (stage: Stage): JsonObject => {
  const [extension] = textsInExtensions(stage)
  return extension === undefined
    ? {}
    : extended(stage, stage.users, extension.schema, { [extension.name]: stage.unique() })
}
