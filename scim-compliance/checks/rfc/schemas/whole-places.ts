import type { Place } from '../../tools/places.ts'

export const isWhole = ({ above }: Place): boolean => above === undefined

export const isWritten = ({ attribute: { mutability } }: Place): boolean => mutability !== 'readOnly'
