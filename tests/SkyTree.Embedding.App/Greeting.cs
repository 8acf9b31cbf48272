namespace Plant;

internal sealed record Greeting(string FirstWord, int WordCount);
