import type { JsonObject } from '../../../json.ts'
import type { Stage } from '../../../stage.ts'
import { enterpriseUrn } from '../../../urns.ts'
import { extended } from '../../tools/attributes.ts'
import { made } from '../../tools/posted.ts'

export const withEnterprise = (stage: Stage, values: JsonObject) =>
  made(stage, stage.users, extended(stage, stage.users, enterpriseUrn, values))
