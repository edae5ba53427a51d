import { skip } from '../../../expect.ts'
import type { Json, JsonObject } from '../../../json.ts'
import type { Stage } from '../../../stage.ts'

export const schemasOf = ({ service }: Stage): readonly JsonObject[] =>
  service.schemas.length > 0 ? service.schemas : skip('/Schemas can’t be read.')

export const isBoolean = (value: Json | undefined): boolean => typeof value === 'boolean'

export const isText = (value: Json | undefined): boolean => typeof value === 'string' && value !== ''

export const nameOf = ({ name, id }: JsonObject): string => String(name ?? id)
