namespace SkyTree.AspNetCore.Portal.Editing;

/// <summary>What a service has found wrong with which field of a form.</summary>
/// <param name="fields">By the field's name in camel case.</param>
public sealed class FieldErrors(IReadOnlyDictionary<string, string> fields)
{
    /// <summary>Nothing is wrong.</summary>
    public static FieldErrors None { get; } = new(new Dictionary<string, string>());

    /// <summary>What is wrong with a field; null: nothing.</summary>
    /// <param name="field">Its name in camel case.</param>
    public string? this[string field] => fields.GetValueOrDefault(field);

    /// <summary>Whether something is wrong with a field.</summary>
    /// <param name="field">Its name in camel case.</param>
    public bool Has(string field) => fields.ContainsKey(field);
}
