// Answers each message with itself, but for those that are only counted.
let sum = 0;
onmessage = ({ data }) => {
  if (data.counted === undefined) postMessage(data);
  else sum += data.counted;
};
