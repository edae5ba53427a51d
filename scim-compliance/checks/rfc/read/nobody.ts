import type { Stage } from '../../../stage.ts'

export const nobody = (stage: Stage): string => `userName eq "${stage.unique('nobody')}"`
