namespace SkyTree.Interop.Tests.Clients;

/// <summary>The properties of a 5.0 message that a broker passes on unchanged.</summary>
internal sealed record MessageProperties(string ContentType, string ResponseTopic, string CorrelationData, IReadOnlyDictionary<string, string> UserProperties)
{
    public override string ToString() =>
        $"content {ContentType}, response {ResponseTopic}, correlation {CorrelationData}, {string.Join(' ', UserProperties.Select(pair => $"{pair.Key}={pair.Value}"))}";
}
