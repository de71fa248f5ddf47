//! The `cfg` file of a parser or a recogniser.

use serde_json::Value;

/// What a component's `cfg` asks for and this crate does not do, as the file spells it; `None` if there is nothing.
///
/// That is a beam (`beam_width` other than 1).
pub fn unsupported_setting(cfg: &Value) -> Option<String> {
    if let Some(width) = cfg.get("beam_width")
        && width.as_f64() != Some(1.0)
    {
        return Some(format!("beam_width = {width}"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::unsupported_setting;
    use serde_json::json;

    #[test]
    fn a_greedy_component_is_supported() {
        let cfg =
            json!({"moves": null, "beam_width": 1, "beam_density": 0.0, "learn_tokens": false});
        assert_eq!(unsupported_setting(&cfg), None);
        assert_eq!(unsupported_setting(&json!({})), None);
    }

    #[test]
    fn a_beam_is_named() {
        let beam = json!({"beam_width": 16});
        assert_eq!(
            unsupported_setting(&beam).as_deref(),
            Some("beam_width = 16")
        );
    }
}
