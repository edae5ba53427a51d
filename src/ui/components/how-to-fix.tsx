import { type Product, productLabels } from '../../scim/recognition/products.ts'
import { Prose } from './text.tsx'

type Remedy = { readonly remedy: string; readonly product?: Product | undefined }

export const fixLabel = (product: Product | undefined): string =>
  product === undefined ? 'How to fix' : `How to fix in ${productLabels[product]}`

export const HowToFix = ({ remedy, product }: Remedy) => (
  <>
    <strong>{fixLabel(product)}:</strong> <Prose text={remedy} />
  </>
)
