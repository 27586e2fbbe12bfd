// The screens' words in Spanish.
export default {};
