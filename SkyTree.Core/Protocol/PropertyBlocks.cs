namespace SkyTree.Core.Protocol;

/// <summary>Blocks of properties that several packets have in common.</summary>
internal static class PropertyBlocks
{
    /// <summary>The properties of all acknowledgements: Reason String and User Properties.</summary>
    public static bool TryReadDiagnostics(
        ReadOnlySpan<byte> block,
        out string? reasonString,
        out List<UserProperty>? userProperties,
        out DecodeError error)
    {
        reasonString = null;
        userProperties = null;
        var reader = new PropertyReader(block, PropertySets.Acknowledgement);
        while (reader.Read())
        {
            if (reader.Id == PropertyId.ReasonString)
            {
                reasonString = reader.Text;
            }
            else
            {
                (userProperties ??= []).Add(reader.UserProperty);
            }
        }

        error = reader.Error;
        return !reader.Failed;
    }
}
