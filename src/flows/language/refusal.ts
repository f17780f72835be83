/** Why a value cannot be taken, as a phrase that says what can. */
export interface Refusal {
  readonly refused: string;
  /** Not the value is wrong, but that it does not go with another one. */
  readonly conflict?: boolean;
}

/** Why a term is not taken, and the code of the problem that it makes. */
export interface RefusedTerm extends Refusal {
  readonly code: string;
  /** Not only its value is to blame. */
  readonly whole?: boolean;
}
