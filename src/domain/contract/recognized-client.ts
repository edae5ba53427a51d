import { z } from 'zod'
import { evidences, products } from '../../scim/recognition/products.ts'

export const recognizedClientSchema = z
  .object({
    product: z.enum(products).meta({ example: 'okta' }),
    evidence: z.enum(evidences).meta({
      description:
        '`named`: the User-Agent contains its name. `shaped`: at least two marks of its requests agree. `perhaps`: one mark.',
      example: 'named',
    }),
  })
  .meta({ id: 'RecognizedClient' })

export type RecognizedClient = z.output<typeof recognizedClientSchema>
